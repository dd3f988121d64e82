/**
 * The protobuf wire format, as far as envelopes need it: a response is made by writing tags and lengths around bytes
 * that are encoded already (https://protobuf.dev/programming-guides/encoding).
 */
const encoder = new TextEncoder();

/** The tag of a length-delimited field whose number is below 16. */
export function tagOf(field: number): number {
  return (field << 3) | 2;
}

export function varintLength(value: number): number {
  let length = 1;
  for (let rest = value; rest > 127; rest = Math.floor(rest / 128)) length++;
  return length;
}

/** Gives the offset behind it. */
export function writeVarint(target: Uint8Array, at: number, value: number): number {
  let offset = at;
  let rest = value;
  while (rest > 127) {
    target[offset++] = (rest % 128) | 128;
    rest = Math.floor(rest / 128);
  }
  target[offset++] = rest;
  return offset;
}

/** Bytes that a length-delimited field of that content takes: tag, length, content. */
export function fieldLength(length: number): number {
  return 1 + varintLength(length) + length;
}

/** Writes tag and length; gives the offset at which the content belongs. */
export function writeFieldHead(target: Uint8Array, at: number, field: number, length: number): number {
  target[at] = tagOf(field);
  return writeVarint(target, at + 1, length);
}

/** Bytes of a text in UTF-8. */
export function textLength(text: string): number {
  for (let at = 0; at < text.length; at++) if (text.charCodeAt(at) > 127) return encoder.encode(text).length;
  return text.length;
}

/** Writes a text in UTF-8; gives the offset behind it. Names are short and nearly always ASCII, which needs no encoder. */
export function writeText(target: Uint8Array, start: number, text: string): number {
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code > 127) {
      const bytes = encoder.encode(text);
      target.set(bytes, start);
      return start + bytes.length;
    }
    target[start + at] = code;
  }
  return start + text.length;
}

/** Fields one behind the other; text is UTF-8. Empty ones are left out, as proto3 does. */
export function encodeFields(fields: readonly (readonly [field: number, content: Uint8Array | string])[]): Uint8Array {
  const parts = fields.map(([field, content]) => {
    const bytes = typeof content === "string" ? encoder.encode(content) : content;
    return { field, bytes };
  });
  const used = parts.filter(({ bytes }) => bytes.length > 0);
  const target = new Uint8Array(used.reduce((sum, { bytes }) => sum + fieldLength(bytes.length), 0));
  let offset = 0;
  for (const { field, bytes } of used) {
    offset = writeFieldHead(target, offset, field, bytes.length);
    target.set(bytes, offset);
    offset += bytes.length;
  }
  return target;
}

/** `google.protobuf.Any` around a message that is encoded already. */
export function encodeAny(typeUrl: string, value: Uint8Array): Uint8Array {
  const { body, valueAt } = createAny(typeUrl, value.length);
  body.set(value, valueAt);
  return body;
}

/** The same, with room for a message of that length where it is to be written. */
export function createAny(typeUrl: string, length: number): { readonly body: Uint8Array; readonly valueAt: number } {
  const head = anyHead(typeUrl);
  const body = new Uint8Array(head.length + (length === 0 ? 0 : fieldLength(length)));
  body.set(head);
  return { body, valueAt: length === 0 ? body.length : writeFieldHead(body, head.length, 2, length) };
}

function anyHead(typeUrl: string): Uint8Array {
  let head = anyHeads.get(typeUrl);
  if (head === undefined) {
    head = encodeFields([[1, typeUrl]]);
    anyHeads.set(typeUrl, head);
  }
  return head;
}

/** The message inside, where it was written by this file or a template. */
export function valueOfAny(typeUrl: string, body: Uint8Array): Uint8Array {
  let at = anyHead(typeUrl).length;
  if (at === body.length) return NOTHING;
  // Behind the tag and the length.
  do at++;
  while ((body[at] ?? 0) > 127);
  return body.subarray(at + 1);
}

const NOTHING = new Uint8Array(0);

/** There are a handful of types. */
const anyHeads = new Map<string, Uint8Array>();
