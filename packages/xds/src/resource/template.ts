import {
  type Any,
  AnySchema,
  BinaryReader,
  type DescField,
  type DescMessage,
  fromBinary,
  type Registry,
  WireType,
} from "@portolan/envoy";
import { textLength, varintLength, writeText, writeVarint } from "./wire.ts";

/** The wire bytes of messages that differ in texts alone. */
export interface MessageTemplate {
  /** The bytes of the message in which these stand for the placeholders, by index. None may be empty: such a field is not written. */
  encode(texts: readonly string[]): Uint8Array<ArrayBuffer>;
}

/** A private-use code point, of which UTF-8 makes `ee 80` and a byte that tells the index. */
const FIRST = 0xe000;
const LEAD = 0xee;
const SECOND = 0x80;
const MAX_PLACEHOLDERS = 64;

/** Stands for a text in the message of which a template is made: alone in a field of strings, or as a part of one. */
export function placeholder(index: number): string {
  if (index >= MAX_PLACEHOLDERS) throw new RangeError(`a template has at most ${MAX_PLACEHOLDERS} texts`);
  return String.fromCharCode(FIRST + index);
}

/**
 * Takes a message's deterministic bytes apart at its placeholders. Lengths of what holds one are worked out for each
 * encoding; everything else is copied. `registry` knows the types inside `Any` that hold placeholders.
 *
 * @throws Error where a placeholder stands elsewhere than in a string, or inside an `Any` of a type that is not known.
 */
export function compileTemplate(desc: DescMessage, bytes: Uint8Array, registry: Registry): MessageTemplate {
  const parts = partsOf(bytes, (number, content) => contentParts(desc, number, content, bytes, registry));
  return {
    encode(texts) {
      const lengths = texts.map(textLength);
      const target = new Uint8Array(measure(parts, lengths));
      write(parts, texts, target, 0);
      return target;
    },
  };
}

/** Bytes as they are, the index of a text, or the length and contents of a field whose tag stands before it. */
type Part = Uint8Array | number | Contents;

interface Contents {
  readonly parts: readonly Part[];
  /** In the encoding under way. */
  length: number;
}

type ReadContent = (field: number, content: Uint8Array) => readonly Part[];

function partsOf(bytes: Uint8Array, read: ReadContent): readonly Part[] {
  const parts: Part[] = [];
  const reader = new BinaryReader(bytes);
  let from = 0;
  while (reader.pos < bytes.length) {
    const [number, type] = reader.tag();
    const tagEnd = reader.pos;
    if (type !== WireType.LengthDelimited) {
      reader.skip(type, number);
      continue;
    }
    const content = reader.bytes();
    if (!holdsPlaceholder(content)) continue;
    parts.push(bytes.subarray(from, tagEnd), { parts: read(number, content), length: 0 });
    from = reader.pos;
  }
  if (from < bytes.length) parts.push(bytes.subarray(from));
  return parts;
}

function contentParts(
  desc: DescMessage,
  number: number,
  content: Uint8Array,
  whole: Uint8Array,
  registry: Registry,
): readonly Part[] {
  if (desc.typeName === AnySchema.typeName && number === AnySchema.field.value.number) {
    const packed = registry.getMessage(nameOf(fromBinary(AnySchema, whole)));
    if (packed === undefined) throw new Error("a placeholder inside an Any of a type that is not known");
    return partsOf(content, (inner, bytes) => contentParts(packed, inner, bytes, content, registry));
  }
  const field = desc.fields.find((one) => one.number === number);
  if (field === undefined) throw new Error(`a placeholder in an unknown field of ${desc.typeName}`);
  if (field.fieldKind !== "map") return valueParts(field, content, registry);
  // The key of an entry is a field 1, its value a field 2.
  return partsOf(content, (inner, bytes) => (inner === 1 ? textParts(bytes) : valueParts(field, bytes, registry)));
}

function valueParts(field: DescField, content: Uint8Array, registry: Registry): readonly Part[] {
  const { message } = field;
  if (message === undefined) return textParts(content);
  return partsOf(content, (number, bytes) => contentParts(message, number, bytes, content, registry));
}

function nameOf({ typeUrl }: Any): string {
  return typeUrl.slice(typeUrl.lastIndexOf("/") + 1);
}

function textParts(bytes: Uint8Array): readonly Part[] {
  const parts: Part[] = [];
  let from = 0;
  for (let at = nextPlaceholder(bytes, 0); at >= 0; at = nextPlaceholder(bytes, from)) {
    if (at > from) parts.push(bytes.subarray(from, at));
    parts.push((bytes[at + 2] ?? 0) - SECOND);
    from = at + 3;
  }
  if (from < bytes.length) parts.push(bytes.subarray(from));
  return parts;
}

function holdsPlaceholder(bytes: Uint8Array): boolean {
  return nextPlaceholder(bytes, 0) >= 0;
}

function nextPlaceholder(bytes: Uint8Array, from: number): number {
  let at = bytes.indexOf(LEAD, from);
  while (at >= 0 && bytes[at + 1] !== SECOND) at = bytes.indexOf(LEAD, at + 1);
  return at;
}

function measure(parts: readonly Part[], lengths: readonly number[]): number {
  let sum = 0;
  for (const part of parts) {
    if (typeof part === "number") sum += lengths[part] ?? 0;
    else if ("parts" in part) {
      part.length = measure(part.parts, lengths);
      sum += varintLength(part.length) + part.length;
    } else sum += part.length;
  }
  return sum;
}

function write(parts: readonly Part[], texts: readonly string[], target: Uint8Array, start: number): number {
  let at = start;
  for (const part of parts) {
    if (typeof part === "number") at = writeText(target, at, texts[part] ?? "");
    else if ("parts" in part) at = write(part.parts, texts, target, writeVarint(target, at, part.length));
    else {
      target.set(part, at);
      at += part.length;
    }
  }
  return at;
}

/** The same for a text by itself. */
export function splitAtPlaceholders(text: string): (texts: readonly string[]) => string {
  const parts: (string | number)[] = [];
  let from = 0;
  for (let at = 0; at < text.length; at++) {
    const index = text.charCodeAt(at) - FIRST;
    if (index < 0 || index >= MAX_PLACEHOLDERS) continue;
    parts.push(text.slice(from, at), index);
    from = at + 1;
  }
  parts.push(text.slice(from));
  return (texts) => parts.map((part) => (typeof part === "number" ? (texts[part] ?? "") : part)).join("");
}
