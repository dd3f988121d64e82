import fc from "fast-check";
import { expect, test } from "vitest";
import {
  type Any,
  ClusterSchema,
  create,
  encodeDeterministic,
  envoyRegistry,
  fromBinary,
  type JsonObject,
  type JsonValue,
  MetadataSchema,
  packAny,
  StructSchema,
  toAnyBytes,
  toBinary,
  typeUrlOf,
  UpstreamHttpProtocolOptionsSchema,
} from "./index.ts";

const json = fc.jsonValue({ maxDepth: 4 }) as fc.Arbitrary<JsonValue>;
const jsonObject = fc.dictionary(fc.string(), json, { maxKeys: 6, noNullPrototype: true }) as fc.Arbitrary<JsonObject>;
const metadata = fc.dictionary(fc.string(), jsonObject, { maxKeys: 6, noNullPrototype: true });

/** The same content, its keys inserted in another order. */
function shuffled(value: JsonValue, pick: (length: number) => number): JsonValue {
  if (Array.isArray(value)) return value.map((item) => shuffled(item, pick));
  if (value === null || typeof value !== "object") return value;
  const rest = Object.entries(value);
  const entries: [string, JsonValue][] = [];
  while (rest.length > 0) {
    const [next] = rest.splice(pick(rest.length), 1);
    if (next !== undefined) entries.push([next[0], shuffled(next[1], pick)]);
  }
  return Object.fromEntries(entries);
}

const cluster = (filterMetadata: Record<string, JsonObject>) =>
  create(ClusterSchema, {
    name: "outbound|80||reviews.shop",
    metadata: create(MetadataSchema, { filterMetadata }),
    typedExtensionProtocolOptions: Object.fromEntries(
      Object.entries(filterMetadata).map(([name, struct]) => [name, structAny(struct)]),
    ),
  });

function structAny(struct: JsonObject): Any {
  const schema = MetadataSchema;
  return packAny(schema, create(schema, { filterMetadata: { one: struct } }));
}

test("the order in which maps and Structs were filled does not show in the bytes, inside Any neither", () => {
  fc.assert(
    fc.property(metadata, fc.infiniteStream(fc.nat()), (map, numbers) => {
      const pick = (length: number) => (numbers.next().value as number) % length;
      const other = shuffled(map, pick) as Record<string, JsonObject>;
      expect(encodeDeterministic(ClusterSchema, cluster(other))).toEqual(
        encodeDeterministic(ClusterSchema, cluster(map)),
      );
    }),
  );
});

test("what was encoded decodes to what was given", () => {
  fc.assert(
    fc.property(metadata, (map) => {
      const message = cluster(map);
      const back = fromBinary(ClusterSchema, encodeDeterministic(ClusterSchema, message));
      expect(back).toEqual(fromBinary(ClusterSchema, toBinary(ClusterSchema, message)));
      expect(encodeDeterministic(ClusterSchema, back)).toEqual(encodeDeterministic(ClusterSchema, message));
    }),
  );
});

test("different contents give different bytes", () => {
  fc.assert(
    fc.property(jsonObject, jsonObject, (a, b) => {
      const bytes = (value: JsonObject) =>
        encodeDeterministic(MetadataSchema, create(MetadataSchema, { filterMetadata: { a: value } }));
      const canonical = (value: JsonValue) =>
        JSON.stringify(
          shuffled(value, () => 0),
          sortedKeys,
        );
      if (canonical(a) !== canonical(b)) expect(bytes(a)).not.toEqual(bytes(b));
    }),
  );
});

function sortedKeys(_key: string, value: unknown): unknown {
  if (value === null || typeof value !== "object" || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}

test("the message is left as it was", () => {
  const message = cluster({ z: { b: 1, a: 2 }, a: {} });
  encodeDeterministic(ClusterSchema, message);
  expect(Object.keys(message.metadata?.filterMetadata ?? {})).toEqual(["z", "a"]);
  expect(Object.keys(message.metadata?.filterMetadata.z ?? {})).toEqual(["b", "a"]);
});

test("unknown fields are kept, also where a map beside them is sorted", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1000, max: 5000 }), fc.uint8Array({ maxLength: 20 }), (no, data) => {
      const message = create(MetadataSchema, { filterMetadata: { z: {}, a: {} } });
      message.$unknown = [{ no, wireType: 2, data: new Uint8Array([data.length, ...data]) }];
      const back = fromBinary(MetadataSchema, encodeDeterministic(MetadataSchema, message));
      expect(back.$unknown).toEqual(message.$unknown);
    }),
  );
});

test("a Struct by itself is sorted, numbers as keys included", () => {
  const value = (number: number) => ({ kind: { case: "numberValue" as const, value: number } });
  const one = create(StructSchema, { fields: { b: value(1), a: value(2), 10: value(3), 9: value(4) } });
  const other = create(StructSchema, { fields: { 10: value(3), a: value(2), 9: value(4), b: value(1) } });
  expect(encodeDeterministic(StructSchema, one)).toEqual(encodeDeterministic(StructSchema, other));
});

test("bytes that somebody else packed are sorted where the registry knows their type", () => {
  const raw = (map: Record<string, JsonObject>) => {
    const schema = ClusterSchema;
    const inner = create(schema, { metadata: create(MetadataSchema, { filterMetadata: map }) });
    return create(ClusterSchema, {
      typedExtensionProtocolOptions: { x: toAnyBytes(typeUrlOf(schema), toBinary(schema, inner)) },
    });
  };
  const [one, other] = [raw({ a: {}, b: {} }), raw({ b: {}, a: {} })];
  expect(encodeDeterministic(ClusterSchema, one)).not.toEqual(encodeDeterministic(ClusterSchema, other));
  expect(encodeDeterministic(ClusterSchema, one, envoyRegistry())).toEqual(
    encodeDeterministic(ClusterSchema, other, envoyRegistry()),
  );
});

test("packAny names the type and holds the message", () => {
  const any = packAny(UpstreamHttpProtocolOptionsSchema, create(UpstreamHttpProtocolOptionsSchema));
  expect(any.typeUrl).toBe("type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions");
});
