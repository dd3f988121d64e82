import { mkdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { type AdminClient, createAdminClient } from "../cli/admin-client.ts";
import { type Ports, readPorts } from "../control-plane/ports-file.ts";
import { SdkError } from "../error.ts";
import { type Child, startChild } from "./child.ts";

/** The control plane of a demonstration: a process of its own, so that it can be killed and started again. */
export interface ServerProcess extends AsyncDisposable {
  readonly data: string;
  readonly client: AdminClient;
  ports(): Ports;
  /** Starts it, on the ports that it had before, and waits until it is ready. */
  start(): Promise<void>;
  kill(): Promise<void>;
}

export interface ServerProcessOptions {
  /** The command line that starts this program. */
  readonly self: readonly string[];
  readonly mesh: string;
  readonly directory: string;
  /** Further flags of `serve`. */
  readonly flags: readonly string[];
}

export function createServerProcess({ self, mesh, directory, flags }: ServerProcessOptions): ServerProcess {
  const data = join(directory, "data");
  const client = createAdminClient(data);
  let ports: Ports | undefined;
  let child: Child | undefined;

  const start = async () => {
    await mkdir(data, { recursive: true, mode: 0o700 });
    const { xds = "127.0.0.1:0", dns = "127.0.0.1:0", admin = "127.0.0.1:0" } = ports ?? {};
    await rm(join(data, "ports.json"), { force: true });
    const args = [
      "serve",
      "--config",
      mesh,
      "--data",
      data,
      "--xds",
      xds,
      "--dns",
      dns,
      "--dns-upstream",
      "off",
      "--admin",
      admin,
    ];
    const log = join(directory, "server.log");
    const started = startChild([...self, ...args, ...flags], log);
    child = started;
    const ended = started.exited.then(async (code) => {
      const lines = (await readFile(log, "utf8").catch(() => "")).trim().split("\n");
      const from = lines.findLastIndex((line) => line.startsWith("error:"));
      const said = lines.slice(from < 0 ? -5 : from).join("\n");
      throw new SdkError("failed", `the control plane ended with exit code ${code}:\n${said}`);
    });
    ended.catch(() => undefined);
    const waiting = new AbortController();
    try {
      ports = await Promise.race([ended, ready(data, client, waiting.signal)]);
    } finally {
      waiting.abort();
    }
  };

  return {
    data,
    client,
    start,
    ports: () => {
      if (ports === undefined) throw new SdkError("failed", "the control plane has not been started");
      return ports;
    },
    kill: async () => {
      await child?.stop("SIGKILL");
    },
    [Symbol.asyncDispose]: async () => {
      await child?.stop();
    },
  };
}

async function ready(data: string, client: AdminClient, signal: AbortSignal): Promise<Ports> {
  while (!signal.aborted) {
    const ports = await readPorts(data);
    const answer = ports === undefined ? undefined : await client.getText("/ready").catch(() => undefined);
    if (ports !== undefined && answer !== undefined) return ports;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new SdkError("failed", "the control plane was not waited for any longer");
}
