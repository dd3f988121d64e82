import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { temporaryFolder } from "../testing/temporary-folder.ts";
import { RESOLV_CONF } from "./names.ts";

export interface Ran {
  readonly out: string;
  readonly err: string;
  readonly code: number | string;
}

/** The words that give a process a network and files of its own; root needs no user namespace for it. */
const UNSHARE = ["unshare", "--net", "--mount", ...(process.getuid?.() === 0 ? [] : ["--map-root-user"])];

/** Why this machine cannot make one of its own, where port 53 and resolv.conf are the test's; undefined: it can. */
export function whyNoMachine(): string | undefined {
  const [program = "", ...args] = UNSHARE;
  const tried = spawnSync(program, [...args, "sh", "-c", "ip link set lo up"], { encoding: "utf8" });
  if (tried.error !== undefined) return tried.error.message;
  return tried.status === 0 ? undefined : tried.stderr.trim().split("\n")[0];
}

/** Runs programs whose resolver asks our server, as on a machine of the mesh: its resolv.conf, port 53, nothing but loopback. */
export async function runOnMachine(commands: readonly (readonly string[])[]): Promise<readonly Ran[]> {
  await using folder = await temporaryFolder();
  const resolvConf = await folder.write("resolv.conf", `${RESOLV_CONF}\n`);
  const nsswitch = await folder.write("nsswitch.conf", "hosts: files dns\n");
  const script = [
    "ip link set lo up",
    // glibc leaves out a family of which the machine has nothing but loopback.
    "ip address add 192.0.2.1/32 dev lo && ip address add 2001:db8::1/128 dev lo",
    `mount --bind "${resolvConf}" /etc/resolv.conf`,
    `{ [ ! -e /etc/nsswitch.conf ] || mount --bind "${nsswitch}" /etc/nsswitch.conf; }`,
    'exec "$@"',
  ].join(" && ");
  const inside = [process.execPath, join(import.meta.dirname, "inside.ts"), JSON.stringify(commands)];
  const [program = "", ...args] = [...UNSHARE, "sh", "-c", script, "sh", ...inside];
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"] });
  const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "close")]);
  if (code !== 0) throw new Error(`the machine ended with ${code}: ${err}`);
  return JSON.parse(out);
}
