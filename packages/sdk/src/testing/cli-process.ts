import { type ChildProcess, type StdioOptions, spawn } from "node:child_process";
import { once } from "node:events";
import { bundle } from "../../../../scripts/bundle.ts";

/** The bundled command line: it starts in a tenth of the time of its modules. */
export const cliProgram = await bundle();

export interface CliProcess extends AsyncDisposable {
  readonly child: ChildProcess;
  out(): string;
  err(): string;
  /** Its exit code, or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals | null>;
}

export interface CliOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Default: pipes that are read. */
  readonly stdio?: StdioOptions;
  /** The most file descriptors that it may have. */
  readonly descriptors?: number;
}

/** The command line as a process of its own. */
export function startCli(argv: readonly string[], options: CliOptions = {}): CliProcess {
  const { env = {}, stdio = ["ignore", "pipe", "pipe"], descriptors } = options;
  const command = [process.execPath, cliProgram, ...argv];
  const limited = ["bash", "-c", `ulimit -n ${descriptors}; exec "$0" "$@"`, ...command];
  const [program = "", ...args] = descriptors === undefined ? command : limited;
  const child = spawn(program, args, { stdio, env: { ...process.env, ...env } });
  const written = { out: "", err: "" };
  child.stdout?.setEncoding("utf8").on("data", (text: string) => (written.out += text));
  child.stderr?.setEncoding("utf8").on("data", (text: string) => (written.err += text));
  const ended = once(child, "close").then(([code, signal]) => (code ?? signal) as number | NodeJS.Signals | null);
  return {
    child,
    out: () => written.out,
    err: () => written.err,
    ended,
    [Symbol.asyncDispose]: async () => {
      if (child.exitCode === null && child.signalCode === null) child.kill("SIGKILL");
      await ended;
    },
  };
}

/** Ports that are free, and nothing that leaves this machine. */
export const quietFlags: readonly string[] = [
  ...["--xds", "--dns", "--admin"].flatMap((flag) => [flag, "127.0.0.1:0"]),
  ...["--dns-upstream", "off"],
];
