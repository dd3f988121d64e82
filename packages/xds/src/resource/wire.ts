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
  let head = anyHeads.get(typeUrl);
  if (head === undefined) {
    head = encodeFields([[1, typeUrl]]);
    anyHeads.set(typeUrl, head);
  }
  if (value.length === 0) return head.slice();
  const target = new Uint8Array(head.length + fieldLength(value.length));
  target.set(head);
  target.set(value, writeFieldHead(target, head.length, 2, value.length));
  return target;
}

/** There are a handful of types. */
const anyHeads = new Map<string, Uint8Array>();
