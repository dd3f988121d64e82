import { styleText } from "node:util";

export type Stream = "out" | "talk";

/** Where a command writes: data on stdout, talk on stderr. Tests give their own. */
export interface Terminal {
  out(text: string): void;
  talk(text: string): void;
  /** Whether each may be coloured. */
  readonly colours: Readonly<Record<Stream, boolean>>;
}

export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly isTerminal: Readonly<Record<Stream, boolean>>;
  readonly noColour: boolean;
}

/** Colour goes to a terminal alone, and never with NO_COLOR (no-color.org: not empty), `--no-color` or TERM=dumb. */
export function coloursOf({ env, isTerminal, noColour }: Surroundings): Terminal["colours"] {
  const wanted = !noColour && (env.NO_COLOR ?? "") === "" && env.TERM !== "dumb";
  return { out: wanted && isTerminal.out, talk: wanted && isTerminal.talk };
}

export function processTerminal(flags: { readonly noColour: boolean }): Terminal {
  return {
    out: (text) => void process.stdout.write(text),
    talk: (text) => void process.stderr.write(text),
    colours: coloursOf({
      ...flags,
      env: process.env,
      isTerminal: { out: process.stdout.isTTY === true, talk: process.stderr.isTTY === true },
    }),
  };
}

export type Tone = "good" | "bad" | "quiet" | "strong";

const styles = { good: "green", bad: "red", quiet: "dim", strong: "bold" } as const;

/** A text that is to be written to that stream. */
export function paint(terminal: Terminal, stream: Stream, tone: Tone, text: string): string {
  return terminal.colours[stream] ? styleText(styles[tone], text, { validateStream: false }) : text;
}
