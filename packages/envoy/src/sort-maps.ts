import {
  type DescField,
  type DescMessage,
  fromBinary,
  type JsonValue,
  type MessageShape,
  type Registry,
  toBinary,
} from "@bufbuild/protobuf";

/** A message as protobuf-es lays it out: the members by their local names. */
type Fields = Record<string, unknown>;
type Sorted = (value: unknown, registry: Registry | undefined) => unknown;
interface Member {
  readonly field: DescField;
  readonly sorted: Sorted;
}

/** Gives the message with the entries of every map in order; what is in order already keeps its reference. */
export function sortMaps<Schema extends DescMessage>(
  schema: Schema,
  message: MessageShape<Schema>,
  registry: Registry | undefined,
): MessageShape<Schema> {
  return sortMessage(schema, message, registry) as MessageShape<Schema>;
}

function sortMessage(desc: DescMessage, value: unknown, registry: Registry | undefined): unknown {
  if (desc.typeName === "google.protobuf.Any") return sortAny(value as Fields, registry);
  const message = value as Fields;
  let copy: Fields | undefined;
  for (const { field, sorted } of membersOf(desc)) {
    const name = field.oneof === undefined ? field.localName : field.oneof.localName;
    const before = message[name];
    if (before === undefined) continue;
    let after: unknown;
    if (field.oneof === undefined) {
      after = sorted(before, registry);
    } else {
      const choice = before as { case?: string; value?: unknown };
      if (choice.case !== field.localName) continue;
      const inner = sorted(choice.value, registry);
      after = inner === choice.value ? before : { case: choice.case, value: inner };
    }
    if (after === before) continue;
    copy ??= Object.assign(Object.create(Object.getPrototypeOf(message)), message) as Fields;
    copy[name] = after;
  }
  return copy ?? message;
}

function sortAny(any: Fields, registry: Registry | undefined): unknown {
  const typeUrl = String(any.typeUrl);
  const desc = registry?.getMessage(typeUrl.slice(typeUrl.lastIndexOf("/") + 1));
  if (desc === undefined) return any;
  const inner = fromBinary(desc, any.value as Uint8Array);
  return { ...any, value: toBinary(desc, sortMaps(desc, inner, registry)) };
}

const members = new WeakMap<DescMessage, readonly Member[]>();

/** The fields of a message below which a map, a Struct or an Any can stand. */
function membersOf(desc: DescMessage): readonly Member[] {
  let found = members.get(desc);
  if (found === undefined) {
    found = desc.fields.flatMap((field) => {
      const sorted = sorterOf(field);
      return sorted === undefined ? [] : [{ field, sorted }];
    });
    members.set(desc, found);
  }
  return found;
}

function sorterOf(field: DescField): Sorted | undefined {
  switch (field.fieldKind) {
    case "message":
      return sorterOfMessage(field, field.message);
    case "list": {
      const item = field.listKind === "message" ? sorterOfMessage(field, field.message) : undefined;
      return item && ((list, registry) => sortList(list as unknown[], item, registry));
    }
    case "map": {
      const item = field.mapKind === "message" ? sorterOfMessage(field, field.message) : undefined;
      return (map, registry) => sortEntries(map as Fields, item, registry);
    }
    default:
      return undefined;
  }
}

function sorterOfMessage(field: DescField, desc: DescMessage): Sorted | undefined {
  // protobuf-es shows a field of type Struct as JSON, except inside Value.
  if (desc.typeName === "google.protobuf.Struct" && field.parent.typeName !== "google.protobuf.Value") {
    return (value) => sortJson(value as JsonValue);
  }
  if (!holdsMaps(desc)) return undefined;
  return (value, registry) => sortMessage(desc, value, registry);
}

const holders = new WeakMap<DescMessage, boolean>();

function holdsMaps(desc: DescMessage): boolean {
  let holds = holders.get(desc);
  if (holds === undefined) {
    const seen = new Set<DescMessage>([desc]);
    for (const next of seen) {
      for (const field of next.fields) if (field.message !== undefined) seen.add(field.message);
    }
    holds = [...seen].some(
      (type) => type.typeName === "google.protobuf.Any" || type.fields.some((field) => field.fieldKind === "map"),
    );
    holders.set(desc, holds);
  }
  return holds;
}

function sortList(list: readonly unknown[], item: Sorted, registry: Registry | undefined): unknown {
  let copy: unknown[] | undefined;
  for (const [index, before] of list.entries()) {
    const after = item(before, registry);
    if (after === before) continue;
    copy ??= [...list];
    copy[index] = after;
  }
  return copy ?? list;
}

/**
 * An object lists keys that are array indexes first, in ascending order, and then the others as they were inserted, so
 * inserting them in order gives one order for each set of keys.
 */
function sortEntries(map: Fields, item: Sorted | undefined, registry: Registry | undefined): Fields {
  const keys = Object.keys(map);
  let same = keys.every((key, index) => index === 0 || (keys[index - 1] as string) < key);
  const entries = keys.map((key) => {
    const before = map[key];
    const after = item === undefined ? before : item(before, registry);
    same &&= after === before;
    return [key, after] as const;
  });
  if (same) return map;
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}

function sortJson(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return sortList(value, (item) => sortJson(item as JsonValue), undefined) as JsonValue;
  if (value === null || typeof value !== "object") return value;
  return sortEntries(value, (item) => sortJson(item as JsonValue), undefined) as JsonValue;
}
