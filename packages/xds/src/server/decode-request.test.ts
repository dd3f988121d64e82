import {
  create,
  DeltaDiscoveryRequestSchema,
  DiscoveryRequestSchema,
  fromBinary,
  NodeSchema,
  toBinary,
} from "@portolan/envoy";
import fc from "fast-check";
import { expect, test } from "vitest";
import { typeNamed } from "../testing/resources.ts";
import { decodeRequest } from "./decode-request.ts";
import { DEFAULT_XDS_LIMITS } from "./limits.ts";
import { decodeNode } from "./node.ts";

const { typeUrl } = typeNamed("EDS");
const text = fc.string({ unit: "grapheme", maxLength: 200 });

test("requests are read as protobuf writes them", () => {
  fc.assert(
    fc.property(
      fc.array(text),
      fc.array(text),
      fc.dictionary(text, text),
      text,
      fc.option(text),
      (names, more, versions, nonce, error) => {
        const errorDetail = error === null ? {} : { errorDetail: { code: 3, message: error } };
        const node = { node: { id: "n" } };
        const sotw = create(DiscoveryRequestSchema, {
          typeUrl,
          resourceNames: names,
          responseNonce: nonce,
          versionInfo: "7",
          ...errorDetail,
          ...node,
        });
        const delta = create(DeltaDiscoveryRequestSchema, {
          typeUrl,
          resourceNamesSubscribe: names,
          resourceNamesUnsubscribe: more,
          initialResourceVersions: versions,
          responseNonce: nonce,
          ...errorDetail,
          ...node,
        });
        const first = decodeRequest(Buffer.from(toBinary(DiscoveryRequestSchema, sotw)), "sotw", undefined);
        const second = decodeRequest(Buffer.from(toBinary(DeltaDiscoveryRequestSchema, delta)), "delta", undefined);
        const answer = { typeUrl, nonce, error: error ?? undefined };
        expect(first).toMatchObject({ ok: true, value: { request: { kind: "sotw", names, ...answer } } });
        const initialVersions = new Map(Object.entries(versions));
        expect(second).toMatchObject({
          ok: true,
          value: { request: { kind: "delta", subscribe: names, unsubscribe: more, initialVersions, ...answer } },
        });
        if (first.ok) expect(fromBinary(NodeSchema, first.value.node ?? new Uint8Array()).id).toBe("n");
      },
    ),
  );
});

test("random bytes are an error or a request, and never a throw", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.constantFrom("sotw", "delta"), (bytes, dialect) => {
      decodeRequest(Buffer.from(bytes), dialect as "sotw", undefined);
      decodeNode(Buffer.from(bytes), DEFAULT_XDS_LIMITS);
    }),
    { numRuns: 5_000 },
  );
});

test("bytes that are cut off anywhere are no request, or a shorter one", () => {
  const request = create(DeltaDiscoveryRequestSchema, {
    typeUrl,
    node: { id: "node", metadata: { a: "b" } },
    resourceNamesSubscribe: ["a", "b"],
    initialResourceVersions: { a: "1" },
  });
  const bytes = Buffer.from(toBinary(DeltaDiscoveryRequestSchema, request));
  for (let length = 0; length < bytes.length; length++) decodeRequest(bytes.subarray(0, length), "delta", undefined);
  expect(decodeRequest(bytes.subarray(0, bytes.length - 1), "delta", undefined).ok).toBe(false);
});

test("P-04 the type comes from the method where the service is a type's own", () => {
  const bytes = (type: string) =>
    Buffer.from(toBinary(DiscoveryRequestSchema, create(DiscoveryRequestSchema, { typeUrl: type })));
  expect(decodeRequest(bytes(""), "sotw", typeUrl)).toMatchObject({ ok: true, value: { request: { typeUrl } } });
  expect(decodeRequest(bytes(typeUrl), "sotw", typeUrl).ok).toBe(true);
  expect(decodeRequest(bytes(typeNamed("CDS").typeUrl), "sotw", typeUrl).ok).toBe(false);
  expect(decodeRequest(bytes(""), "sotw", undefined).ok).toBe(false);
  expect(decodeRequest(bytes("not a type url"), "sotw", undefined).ok).toBe(false);
});

test("metadata of a node may be nested 32 deep", () => {
  const nested = (depth: number) => {
    let metadata = {};
    for (let at = 1; at < depth; at++) metadata = { a: metadata };
    return Buffer.from(toBinary(NodeSchema, create(NodeSchema, { id: "n", metadata })));
  };
  expect(decodeNode(nested(32), DEFAULT_XDS_LIMITS).ok).toBe(true);
  expect(decodeNode(nested(33), DEFAULT_XDS_LIMITS).ok).toBe(false);
  expect(decodeNode(nested(33), { maxMetadataDepth: 33 }).ok).toBe(true);
  expect(decodeNode(nested(90), DEFAULT_XDS_LIMITS).ok).toBe(false);
});

test("F-34 of a reason as much is read as is kept", () => {
  const message = `${"x".repeat(5_000)}é`;
  const bytes = toBinary(DiscoveryRequestSchema, create(DiscoveryRequestSchema, { typeUrl, errorDetail: { message } }));
  const decoded = decodeRequest(Buffer.from(bytes), "sotw", undefined);
  expect(decoded.ok && decoded.value.request.error).toBe("x".repeat(4_096));
});
