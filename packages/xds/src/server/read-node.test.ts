import {
  create,
  fromBinary,
  type JsonObject,
  type JsonValue,
  type MessageInitShape,
  NodeSchema,
  toBinary,
} from "@portolan/envoy";
import fc from "fast-check";
import { expect, test } from "vitest";
import { readNode } from "./read-node.ts";

const text = fc.string({ unit: "binary", maxLength: 12 }).filter((each) => each.isWellFormed());
const json: fc.Arbitrary<JsonValue> = fc.letrec<{ value: JsonValue }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.constant(null),
    fc.boolean(),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    text,
    fc.array(tie("value"), { maxLength: 3 }),
    fc.dictionary(fc.oneof(text, fc.constant("__proto__")), tie("value"), { maxKeys: 3 }),
  ),
})).value;
const version = fc.oneof(
  fc.record({ case: fc.constant("userAgentVersion" as const), value: text }),
  fc.record({
    case: fc.constant("userAgentBuildVersion" as const),
    value: fc.record(
      {
        version: fc.record({ majorNumber: fc.nat(), minorNumber: fc.nat(), patch: fc.nat() }),
        metadata: fc.dictionary(text, json, { maxKeys: 2 }) as fc.Arbitrary<JsonObject>,
      },
      { requiredKeys: [] },
    ),
  }),
  fc.constant({ case: undefined }),
);
const node = fc.record({
  id: text,
  cluster: text,
  metadata: fc.dictionary(fc.oneof(text, fc.constant("__proto__")), json, { maxKeys: 5 }) as fc.Arbitrary<JsonObject>,
  locality: fc.record({ region: text, zone: text, subZone: text }),
  userAgentName: text,
  userAgentVersionType: version,
  clientFeatures: fc.array(text, { maxLength: 3 }),
  extensions: fc.array(
    text.map((name) => ({ name, category: "filters", typeUrls: [name] })),
    { maxLength: 3 },
  ),
});

/** What protobuf-es reads of the same bytes. */
function expected(bytes: Uint8Array) {
  const { id, cluster, metadata, locality, userAgentName, userAgentVersionType, clientFeatures } = fromBinary(
    NodeSchema,
    bytes,
  );
  const { region = "", zone = "", subZone = "" } = locality ?? {};
  const build = userAgentVersionType.case === "userAgentBuildVersion" ? userAgentVersionType.value.version : undefined;
  return {
    id,
    cluster,
    metadata: metadata ?? {},
    locality: { region, zone, subZone },
    userAgentName,
    userAgentVersion:
      userAgentVersionType.case === "userAgentVersion"
        ? userAgentVersionType.value
        : build === undefined
          ? ""
          : `${build.majorNumber}.${build.minorNumber}.${build.patch}`,
    clientFeatures,
  };
}

test("a node is read as protobuf-es reads it, its extensions left out", () => {
  fc.assert(
    fc.property(node, (words) => {
      const bytes = toBinary(NodeSchema, create(NodeSchema, words as MessageInitShape<typeof NodeSchema>));
      expect(readNode(Buffer.from(bytes))).toEqual(expected(bytes));
    }),
  );
});

test("bytes that are changed are read or refused, and nothing else happens", () => {
  fc.assert(
    fc.property(node, fc.nat(), fc.nat({ max: 255 }), (words, place, byte) => {
      const bytes = Buffer.from(toBinary(NodeSchema, create(NodeSchema, words as MessageInitShape<typeof NodeSchema>)));
      if (bytes.length > 0) bytes[place % bytes.length] = byte;
      let read: unknown;
      try {
        read = readNode(bytes);
      } catch (cause) {
        expect(cause).toBeInstanceOf(RangeError);
        return;
      }
      expect(read).toBeTypeOf("object");
    }),
  );
});

test("text that is no UTF-8 is refused, and the character that stands for it is text", () => {
  expect(() => readNode(Buffer.from([0x0a, 1, 0xff]))).toThrow(RangeError);
  expect(readNode(Buffer.from([0x0a, 3, 0xef, 0xbf, 0xbd])).id).toBe("\ufffd");
});
