import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createWriteStream } from "node:fs";

/** A program that the demonstration started and will end. */
export interface Child extends AsyncDisposable {
  readonly pid: number;
  /** Ends when the program does. */
  readonly exited: Promise<number | null>;
  stop(signal?: NodeJS.Signals): Promise<void>;
}

/** Starts a program with its output in `log`. */
export function startChild(command: readonly string[], log: string, env: Readonly<Record<string, string>> = {}): Child {
  const [program = "", ...args] = command;
  const child: ChildProcess = spawn(program, args, {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, ...env },
  });
  const output = createWriteStream(log, { flags: "a" });
  output.on("error", () => undefined);
  child.stdout?.pipe(output, { end: false });
  child.stderr?.pipe(output, { end: false });
  child.on("error", (error) => output.write(`${program}: ${error.message}\n`));
  const exited = new Promise<number | null>((resolve) => {
    child.once("exit", (code) => resolve(code));
    child.once("error", () => resolve(null));
  });
  const stop = async (signal: NodeJS.Signals = "SIGTERM") => {
    if (child.exitCode === null && child.signalCode === null && child.pid !== undefined) {
      child.kill(signal);
      const late = setTimeout(() => child.kill("SIGKILL"), 5_000);
      await exited;
      clearTimeout(late);
    }
    output.end();
    if (!output.closed) await once(output, "close").catch(() => undefined);
  };
  return { pid: child.pid ?? 0, exited, stop, [Symbol.asyncDispose]: () => stop() };
}

/** Runs a program to its end and gives what it printed. */
export async function runChild(command: readonly string[]): Promise<{ code: number | null; out: string; err: string }> {
  const [program = "", ...args] = command;
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"] });
  let [out, err] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text: string) => (out += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (err += text));
  const code = await new Promise<number | null>((resolve) => {
    child.once("close", resolve);
    child.once("error", (error) => {
      err += error.message;
      resolve(null);
    });
  });
  return { code, out, err };
}
