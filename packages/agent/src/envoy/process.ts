import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { access, constants, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { printable } from "@portolan/model";
import { AgentError } from "../error.ts";
import { type AdminAnswer, queryAdmin } from "./admin.ts";
import { type EnvoyCommand, envoyArguments } from "./arguments.ts";

export interface LaunchOptions extends EnvoyCommand {
  /** Where Envoy's output goes, appended; undefined: only its end is kept, for error messages. */
  readonly logFile?: string;
}

export interface EnvoyExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** An Envoy that was started; its end is also that of the process that started it. */
export interface EnvoyProcess extends AsyncDisposable {
  readonly pid: number;
  /** `127.0.0.1:15000`, as seen in Envoy's own network namespace, once the admin port is open. Rejects if Envoy ends before. */
  readonly ready: Promise<string>;
  readonly exited: Promise<EnvoyExit>;
  /** The last lines that it wrote. */
  output(): string;
  /** Asks the admin port, also across network namespaces; `path` such as `/ready` or `/config_dump`. */
  admin(path: string, method?: "GET" | "POST"): Promise<AdminAnswer>;
  /** SIGTERM, and SIGKILL after `graceMs` (default 5,000). */
  stop(graceMs?: number): Promise<EnvoyExit>;
}

const KEPT_OUTPUT = 8192;

/**
 * Starts an Envoy.
 *
 * @throws AgentError `envoy-not-found` where the binary is missing or cannot be run; `ready` rejects with `envoy-failed`
 */
export async function launchEnvoy(options: LaunchOptions): Promise<EnvoyProcess> {
  await checkBinary(options.binary);
  const folder = await mkdtemp(join(tmpdir(), "portolan-envoy-"));
  const addressFile = join(folder, "admin");
  const [program, ...parameters] = envoyArguments(options, addressFile);
  const child = spawn(program, parameters, { stdio: ["ignore", "pipe", "pipe"] });
  const output = keepOutput(child, options.logFile);
  const started = await Promise.race([once(child, "spawn").then(() => undefined), once(child, "error")]);
  if (started !== undefined) {
    await rm(folder, { recursive: true, force: true });
    const [cause] = started as [NodeJS.ErrnoException];
    throw new AgentError("envoy-not-found", `${program} cannot be run (${cause.code})`, { cause });
  }

  const killWithParent = () => child.kill("SIGKILL");
  process.once("exit", killWithParent);
  const exited = once(child, "close").then(async ([code, signal]): Promise<EnvoyExit> => {
    process.off("exit", killWithParent);
    await rm(folder, { recursive: true, force: true });
    return { code, signal };
  });
  const ready = adminAddress(child, addressFile).catch(async (cause: unknown) => {
    const { code, signal } = await exited;
    const how = signal === null ? `with code ${code}` : `by ${signal}`;
    throw new AgentError("envoy-failed", `Envoy ended ${how} before it was ready: ${lastLines(output())}`, { cause });
  });
  // Who does not wait for it is told by `exited`.
  ready.catch(() => {});

  async function stop(graceMs = 5000): Promise<EnvoyExit> {
    const settled = new AbortController();
    child.kill("SIGTERM");
    const kill = delay(graceMs, undefined, { signal: settled.signal, ref: false }).then(
      () => child.kill("SIGKILL"),
      () => false,
    );
    const exit = await exited;
    settled.abort();
    await kill;
    return exit;
  }

  return {
    pid: child.pid ?? -1,
    ready,
    exited,
    output,
    admin: async (path, method = "GET") => queryAdmin({ address: await ready, path, method, netns: options.netns }),
    stop,
    [Symbol.asyncDispose]: async () => {
      await stop();
    },
  };
}

async function checkBinary(binary: string): Promise<void> {
  try {
    await access(binary, constants.X_OK);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new AgentError("envoy-not-found", `${binary} is not a program that can be run (${code})`, { cause });
  }
}

function keepOutput(child: ChildProcess, logFile: string | undefined): () => string {
  let kept = "";
  const log = logFile === undefined ? undefined : createWriteStream(logFile, { flags: "a" });
  log?.on("error", () => {});
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on("data", (chunk: Buffer) => {
      log?.write(chunk);
      kept = (kept + chunk.toString("utf8")).slice(-KEPT_OUTPUT);
    });
  }
  child.once("close", () => log?.end());
  return () => kept;
}

/** Envoy writes the file when the port is open; rejects when Envoy is gone. */
async function adminAddress(child: ChildProcess, file: string): Promise<string> {
  while (child.exitCode === null && child.signalCode === null) {
    const address = await readFile(file, "utf8").catch(() => "");
    if (address !== "") return address.trim();
    await delay(20);
  }
  throw new Error("the process is gone");
}

function lastLines(output: string): string {
  const lines = output.trim().split("\n").slice(-3);
  return lines.map((line) => printable(line, 400)).join(" | ") || "it wrote nothing";
}
