import type { Terminal } from "../cli/terminal.ts";

export interface RecordedTerminal extends Terminal {
  /** What was written so far. */
  readonly written: { readonly out: string; readonly talk: string };
}

/** A terminal that keeps what is written to it. */
export function recordedTerminal(colours = false): RecordedTerminal {
  const written = { out: "", talk: "" };
  return {
    written,
    out: (text) => {
      written.out += text;
    },
    talk: (text) => {
      written.talk += text;
    },
    colours: { out: colours, talk: colours },
  };
}
