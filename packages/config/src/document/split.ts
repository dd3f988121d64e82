import type { DocumentSlice } from "./decoded.ts";

/**
 * Cuts a file at its document markers (YAML 1.2.2, sections 9.1.2 to 9.1.4) without parsing it: `---` and `...` at column 1, followed by a
 * blank or the end of the line. A marker cannot stand there inside a scalar. Byte order marks and documents of nothing but comments and directives are dropped.
 */
export function splitDocuments(text: string): readonly DocumentSlice[] {
  const slices: DocumentSlice[] = [];
  const marker = /(?:^|\n)\uFEFF?(---|\.\.\.)(?=[ \t\r\n]|$)/g;
  let line = 1;
  let counted = 0;
  let start = 0;
  const take = (end: number, indent: string) => {
    const from = skipBlank(text, start, end);
    const body = text.slice(from, end).trimEnd();
    if (body === "" || onlyDirectives(body)) return;
    line += newlines(text, counted, from);
    counted = from;
    // A document that begins on its marker's line keeps its columns.
    slices.push({ text: `${from === start ? indent : ""}${body}\n`, line });
  };
  let indent = "";
  for (let match = marker.exec(text); match !== null; match = marker.exec(text)) {
    const at = marker.lastIndex - 3;
    take(at, indent);
    start = at + 3;
    indent = "   ";
  }
  take(text.length, indent);
  return slices;
}

/** Where the first line that is neither blank nor a comment begins; `start` itself where that is the line of `start`. */
function skipBlank(text: string, start: number, end: number): number {
  let at = text.charCodeAt(start) === 0xfeff ? start + 1 : start;
  const skip = /[ \t\r]*(?:#[^\n]*)?(?:\n\uFEFF?|$)/y;
  while (at < end) {
    skip.lastIndex = at;
    if (!skip.test(text)) break;
    at = skip.lastIndex;
  }
  return Math.min(at, end);
}

function onlyDirectives(body: string): boolean {
  return body.startsWith("%") && body.split("\n").every((line) => /^(?:%|[ \t\r]*(?:#|$))/.test(line));
}

function newlines(text: string, from: number, to: number): number {
  let count = 0;
  for (let at = text.indexOf("\n", from); at >= 0 && at < to; at = text.indexOf("\n", at + 1)) count++;
  return count;
}
