import { spawn } from "node:child_process";
import { bundle } from "../../scripts/bundle.ts";

export interface Finished {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly stdin?: string;
  /** It is killed after this time; 60 s. */
  readonly timeoutMs?: number;
}

/** The command line that starts the bundled CLI. */
export async function portolanCommand(): Promise<readonly [string, string]> {
  return [process.execPath, await bundle()];
}

/** Runs the CLI to its end, as a process of its own. */
export async function portolan(words: readonly string[], options: RunOptions = {}): Promise<Finished> {
  return run([...(await portolanCommand()), ...words], options);
}

/** Runs the CLI and gives what it printed; throws where its exit code is not 0. */
export async function portolanOutput(words: readonly string[], options: RunOptions = {}): Promise<string> {
  const { code, out, err } = await portolan(words, options);
  if (code !== 0) throw new Error(`portolan ${words.join(" ")} ended with ${code}:\n${err}${out}`);
  return out;
}

export function run(command: readonly string[], options: RunOptions = {}): Promise<Finished> {
  const [program = "", ...rest] = command;
  const { cwd, stdin, timeoutMs = 60_000 } = options;
  return new Promise((resolve, reject) => {
    const child = spawn(program, rest, {
      ...(cwd === undefined ? {} : { cwd }),
      env: { ...process.env, NO_COLOR: "1", ...options.env },
      stdio: [stdin === undefined ? "ignore" : "pipe", "pipe", "pipe"],
    });
    const late = setTimeout(() => child.kill("SIGKILL"), timeoutMs);
    let [out, err] = ["", ""];
    child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      out += text;
    });
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      err += text;
    });
    child.stdin?.on("error", () => undefined);
    child.stdin?.end(stdin);
    child.once("error", reject);
    child.once("close", (code) => {
      clearTimeout(late);
      resolve({ code, out, err });
    });
  });
}
