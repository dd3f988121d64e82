/** Domain names as text (RFC 1035 section 5.1): `\.` and `\\` are single characters, `\DDD` is a byte. */
import { LOWER, MAX_LABEL, MAX_NAME } from "./name.ts";

/**
 * The labels of a name; case is kept, a trailing dot does not matter, `.` and the empty text are the root.
 * Undefined where it is no name: an empty label, one above 63 bytes, more than 255 in all, or a byte that is not ASCII (an
 * international name is written as its A-label, RFC 5890).
 */
export function parseName(text: string): Uint8Array | undefined {
  return readLabels(text, false);
}

/** The same, with upper case folded. */
export function parseLowerName(text: string): Uint8Array | undefined {
  return readLabels(text, true);
}

/** One name is read at a time: its bytes are put together here and copied once. */
const room = new Uint8Array(MAX_NAME);

function readLabels(text: string, fold: boolean): Uint8Array | undefined {
  if (text === "" || text === ".") return new Uint8Array(0);
  let lengthAt = 0;
  let end = 1;
  for (let i = 0; i < text.length; i++) {
    let code = text.charCodeAt(i);
    if (code === 46) {
      if (end === lengthAt + 1) return undefined;
      if (i === text.length - 1) break;
      lengthAt = end++;
      continue;
    }
    if (code === 92) {
      const digits = /^\d{3}/.exec(text.slice(i + 1, i + 4))?.[0];
      code = digits === undefined ? text.charCodeAt(i + 1) : Number(digits);
      i += digits === undefined ? 1 : 3;
      if (!(code <= 255)) return undefined;
    } else if (code > 126 || code < 33) return undefined;
    // The root's byte must still fit.
    if (end - lengthAt > MAX_LABEL || end >= MAX_NAME - 1) return undefined;
    room[end++] = fold ? (LOWER[code] as number) : code;
    room[lengthAt] = end - lengthAt - 1;
  }
  return end === lengthAt + 1 ? undefined : room.slice(0, end);
}

/** Without a trailing dot, except for the root; whatever could be read otherwise is escaped, so it may be printed. */
export function formatName(labels: Uint8Array): string {
  if (labels.length === 0) return ".";
  const parts: string[] = [];
  for (let at = 0; at < labels.length; ) {
    const end = at + 1 + (labels[at] as number);
    let part = "";
    for (const byte of labels.subarray(at + 1, end)) part += formatByte(byte);
    parts.push(part);
    at = end;
  }
  return parts.join(".");
}

function formatByte(byte: number): string {
  if (byte < 33 || byte > 126) return `\\${String(byte).padStart(3, "0")}`;
  const character = String.fromCharCode(byte);
  return '.\\"();@$'.includes(character) ? `\\${character}` : character;
}
