import { main } from "../cli/main.ts";
import { recordedTerminal } from "./recorded-terminal.ts";

export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs a command line in this process. */
export async function runMain(argv: readonly string[]): Promise<Ran> {
  const terminal = recordedTerminal();
  const code = await main(argv, [process.execPath], terminal);
  return { code, out: terminal.written.out, err: terminal.written.talk };
}
