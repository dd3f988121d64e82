/** A bug to be planted. Each must make some test fail: one that does not shows what no test looks at. */
export interface Mutant {
  /** The bug, in words. */
  readonly name: string;
  readonly edits: readonly Edit[];
  /** Files or folders whose tests are run, relative to the package. */
  readonly tests: readonly string[];
}

export interface Edit {
  /** Relative to the package's `src`. */
  readonly file: string;
  /** Stands there exactly once. */
  readonly find: string;
  readonly replace: string;
}

/** Gives the text with the edit made, or what is wrong with the edit. */
export function edited(text: string, { file, find, replace }: Edit): { text: string } | { problem: string } {
  const at = text.indexOf(find);
  if (at < 0) return { problem: `${file} does not hold any more: ${find}` };
  if (text.indexOf(find, at + 1) >= 0) return { problem: `${file} holds more than once: ${find}` };
  if (find === replace) return { problem: `${file}: the edit changes nothing: ${find}` };
  return { text: text.slice(0, at) + replace + text.slice(at + find.length) };
}
