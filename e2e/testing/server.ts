import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type Finished, portolan, portolanCommand, portolanOutput, type RunOptions } from "./portolan.ts";
import { until } from "./until.ts";

/** `DATA/ports.json`. */
export interface ServerPorts {
  readonly pid: number;
  readonly xds: string;
  readonly xdsPlaintext?: string;
  readonly dns?: string;
  readonly admin: string;
}

/** A control plane: the CLI's `serve` or `start` as a process of its own. */
export interface Server extends AsyncDisposable {
  readonly pid: number;
  readonly data: string;
  readonly ports: ServerPorts;
  out(): string;
  err(): string;
  /** A GET of the admin API, by its path. */
  get(path: string): Promise<{ readonly status: number; readonly text: string }>;
  json<Answer>(path: string): Promise<Answer>;
  /** Runs the CLI against it. */
  portolan(words: readonly string[], options?: RunOptions): Promise<Finished>;
  /** The same, where the exit code must be 0; gives stdout. */
  output(words: readonly string[], options?: RunOptions): Promise<string>;
  /** Ends it and gives its exit code. */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
}

export interface ServerOptions {
  readonly data: string;
  /** Folders or files of `serve`; none: `start`. */
  readonly config?: readonly string[];
  /** Further words, after those that let every port be a free one. */
  readonly flags?: readonly string[];
  readonly cwd?: string;
}

/** Nothing is forwarded: what tests send stays on this machine. */
const freePorts = [
  ...["--xds", "--xds-plaintext", "--dns", "--admin"].flatMap((flag) => [flag, "127.0.0.1:0"]),
  ...["--dns-upstream", "off"],
];

/** Starts a server on free ports and waits until it is ready. Throws with what it printed where it ends before. */
export async function startServer(options: ServerOptions): Promise<Server> {
  const { data, config, flags = [], cwd } = options;
  const words = config === undefined ? ["start"] : ["serve", "--config", ...config];
  const [program, file] = await portolanCommand();
  const child = spawn(program, [file, ...words, ...freePorts, "--data", data, ...flags], {
    ...(cwd === undefined ? {} : { cwd }),
    env: { ...process.env, NO_COLOR: "1" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let [out, err] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    out += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    err += text;
  });
  const killWithTests = () => child.kill("SIGKILL");
  process.once("exit", killWithTests);
  const closed = once(child, "close").then(([code]) => {
    process.off("exit", killWithTests);
    return code as number | null;
  });
  const gone = closed.then((code) => {
    throw new Error(`the server ended with ${code}:\n${err}${out}`);
  });
  gone.catch(() => undefined);

  const stop = async (signal: NodeJS.Signals = "SIGTERM") => {
    child.kill(signal);
    const late = setTimeout(() => child.kill("SIGKILL"), 10_000);
    const code = await closed;
    clearTimeout(late);
    return code;
  };
  try {
    const ports = await Promise.race([gone, listening(data, child.pid ?? 0, cwd)]);
    const get = (path: string) => ask(ports.admin, path);
    await Promise.race([gone, until("GET /ready is answered", async () => (await get("/ready")).status > 0)]);
    return {
      pid: child.pid ?? 0,
      data,
      ports,
      out: () => out,
      err: () => err,
      get,
      json: async (path) => JSON.parse((await get(path)).text),
      portolan: (given, how) => portolan([...given, "--data", data], how),
      output: (given, how) => portolanOutput([...given, "--data", data], how),
      stop,
      [Symbol.asyncDispose]: async () => {
        await stop();
      },
    };
  } catch (error) {
    await stop("SIGKILL");
    throw error;
  }
}

function listening(data: string, pid: number, cwd = process.cwd()): Promise<ServerPorts> {
  const file = join(data.startsWith("/") ? "" : cwd, data, "ports.json");
  return until(
    "the server listens",
    async () => {
      const ports = JSON.parse(await readFile(file, "utf8")) as ServerPorts;
      return ports.pid === pid && ports;
    },
    30_000,
  );
}

async function ask(admin: string, path: string): Promise<{ status: number; text: string }> {
  const response = await fetch(`http://${admin}${path}`);
  return { status: response.status, text: await response.text() };
}

/** `IP:PORT` in its two parts. */
export function splitPlace(place: string): { readonly address: string; readonly port: number } {
  const at = place.lastIndexOf(":");
  return { address: place.slice(0, at), port: Number(place.slice(at + 1)) };
}
