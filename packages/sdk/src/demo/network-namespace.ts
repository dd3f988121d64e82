import { execFile } from "node:child_process";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { promisify } from "node:util";
import { SdkError } from "../error.ts";

const run = promisify(execFile);

/** A network namespace of its own, which reaches one address outside it and no other. */
export interface NetworkNamespace extends AsyncDisposable {
  readonly name: string;
  /** The command line that runs a command inside. Its `/etc/hosts` there is the one that `setHosts` wrote. */
  inside(command: readonly string[]): readonly string[];
  setHosts(text: string): Promise<void>;
}

export function canIsolate(): boolean {
  return process.platform === "linux" && process.getuid?.() === 0;
}

/**
 * Joins a new namespace to this one by a veth pair that carries `inner` inside and `outer` here, on a /30 (RFC 3021 aside), with no
 * default route: every other address is unreachable from inside.
 */
export async function createNetworkNamespace(inner: string, outer: string): Promise<NetworkNamespace> {
  const name = `portolan-${process.pid}-${++serial}`;
  const [here, there] = [`ptl${process.pid % 100000}h${serial}`, `ptl${process.pid % 100000}n${serial}`];
  const etc = `/etc/netns/${name}`;
  const remove = async () => {
    await run("ip", ["link", "del", here]).catch(() => undefined);
    await run("ip", ["netns", "del", name]).catch(() => undefined);
    await rm(etc, { recursive: true, force: true });
  };
  try {
    await run("ip", ["netns", "add", name]);
    await run("ip", ["link", "add", here, "type", "veth", "peer", "name", there, "netns", name]);
    await run("ip", ["addr", "add", `${outer}/30`, "dev", here]);
    await run("ip", ["link", "set", here, "up"]);
    const inside = (...args: string[]) => run("ip", ["-n", name, ...args]);
    await inside("addr", "add", `${inner}/30`, "dev", there);
    await inside("link", "set", there, "up");
    await inside("link", "set", "lo", "up");
    await mkdir(etc, { recursive: true });
    await writeFile(`${etc}/resolv.conf`, "# the names of this machine stand in its hosts file\n");
  } catch (error) {
    await remove();
    throw new SdkError("failed", `no network namespace could be made for the machine: ${(error as Error).message}`, {
      cause: error,
    });
  }
  return {
    name,
    inside: (command) => ["ip", "netns", "exec", name, ...command],
    setHosts: (text) => writeFile(`${etc}/hosts`, text),
    [Symbol.asyncDispose]: remove,
  };
}

let serial = 0;
