import { styleText } from "node:util";

/** Where a command writes: data on stdout, talk on stderr. Tests give their own. */
export interface Terminal {
  out(text: string): void;
  talk(text: string): void;
  /** Whether stderr may be coloured: a terminal, and neither NO_COLOR nor TERM=dumb nor --no-color. */
  readonly colour: boolean;
}

export function processTerminal(flags: { readonly noColour: boolean }): Terminal {
  const { NO_COLOR, TERM } = process.env;
  return {
    out: (text) => void process.stdout.write(text),
    talk: (text) => void process.stderr.write(text),
    colour: process.stderr.isTTY === true && !flags.noColour && (NO_COLOR ?? "") === "" && TERM !== "dumb",
  };
}

export type Tone = "good" | "bad" | "quiet" | "strong";

const styles = { good: "green", bad: "red", quiet: "dim", strong: "bold" } as const;

export function paint(terminal: Terminal, tone: Tone, text: string): string {
  return terminal.colour ? styleText(styles[tone], text, { validateStream: false }) : text;
}
