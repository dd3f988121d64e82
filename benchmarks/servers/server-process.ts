import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync } from "node:fs";

/** A server that is measured, in a process of its own. */
export interface ServerProcess extends AsyncDisposable {
  readonly pid: number;
  readonly child: ChildProcess;
  /** Writes a line to its standard input. */
  tell(line: string): void;
  /** Resolves with the first match in what it writes; rejects where it ends before. */
  said(pattern: RegExp): Promise<RegExpExecArray>;
  stop(signal?: NodeJS.Signals): Promise<void>;
}

export interface StartOptions {
  readonly command: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  /** Where what it writes to its standard error goes. */
  readonly log: string;
}

// Whoever ends this process ends the servers as well: their `exit` listeners do it.
process.once("SIGINT", () => process.exit(130));
process.once("SIGTERM", () => process.exit(143));

const START_MS = 180_000;
const STOP_MS = 10_000;

export function startProcess({ command, env, log }: StartOptions): ServerProcess {
  const [program = "", ...args] = command;
  const errors = openSync(log, "a");
  const child = spawn(program, args, { stdio: ["pipe", "pipe", errors], env: { ...process.env, ...env } });
  closeSync(errors);
  let output = "";
  child.stdout?.setEncoding("utf8").on("data", (part: string) => (output = (output + part).slice(-100_000)));
  child.stdin?.on("error", () => {});
  const ended = once(child, "close");
  // The parent's end must not leave it behind.
  const kill = () => child.kill("SIGKILL");
  process.once("exit", kill);

  return {
    get pid() {
      return child.pid ?? 0;
    },
    child,
    tell: (line) => void child.stdin?.write(`${line}\n`),
    async said(pattern) {
      const deadline = AbortSignal.timeout(START_MS);
      for (;;) {
        const match = pattern.exec(output);
        if (match !== null) return match;
        if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) {
          throw new Error(`${command.join(" ")} ended; see ${log}`);
        }
        await Promise.race([once(child.stdout as NodeJS.ReadableStream, "data", { signal: deadline }), ended]);
      }
    },
    async stop(signal = "SIGTERM") {
      process.off("exit", kill);
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill(signal);
      const timer = setTimeout(kill, STOP_MS);
      await ended;
      clearTimeout(timer);
    },
    [Symbol.asyncDispose]() {
      return this.stop();
    },
  };
}
