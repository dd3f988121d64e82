import { create, DeltaDiscoveryRequestSchema, DiscoveryRequestSchema, toBinary } from "@portolan/envoy";
import fc from "fast-check";
import { expect, test } from "vitest";
import { typeNamed } from "../testing/resources.ts";
import { decodeRequest } from "./decode-request.ts";
import { createRequestReader } from "./request-reader.ts";
import { DISCOVERY_METHODS, type StreamKind } from "./services.ts";

const { typeUrl } = typeNamed("EDS");
const path = "/envoy.service.discovery.v3.AggregatedDiscoveryService/";
const delta = DISCOVERY_METHODS.get(`${path}DeltaAggregatedResources`) as StreamKind;
const sotw = DISCOVERY_METHODS.get(`${path}StreamAggregatedResources`) as StreamKind;
const names = Array.from({ length: 20 }, (_, at) => `name-${at}`);

function ack(responseNonce: string): Buffer {
  return Buffer.from(
    toBinary(DeltaDiscoveryRequestSchema, create(DeltaDiscoveryRequestSchema, { typeUrl, responseNonce })),
  );
}

function first(id: string): Buffer {
  const initialResourceVersions = Object.fromEntries(names.map((name) => [name, "1"]));
  const message = { typeUrl, node: { id }, resourceNamesSubscribe: names, initialResourceVersions };
  return Buffer.from(toBinary(DeltaDiscoveryRequestSchema, create(DeltaDiscoveryRequestSchema, message)));
}

test("acknowledgements in the same bytes are one request, also where those bytes are overwritten", () => {
  const reader = createRequestReader();
  const bytes = ack("7");
  const decoded = reader.read(bytes, delta);
  bytes.write("8", bytes.indexOf("7", bytes.length - 2));
  expect(reader.read(ack("7"), delta)).toBe(decoded);
  expect(decoded).toMatchObject({ ok: true, value: { request: { kind: "delta", nonce: "7" } } });
  expect(reader.read(bytes, delta)).toMatchObject({ ok: true, value: { request: { nonce: "8" } } });
});

test("the same bytes mean something else in the other dialect", () => {
  const reader = createRequestReader();
  const bytes = Buffer.from(
    toBinary(DiscoveryRequestSchema, create(DiscoveryRequestSchema, { typeUrl, resourceNames: ["a"] })),
  );
  const told = reader.read(bytes, delta);
  expect(reader.read(bytes, sotw)).toMatchObject({ ok: true, value: { request: { kind: "sotw", names: ["a"] } } });
  expect(reader.read(bytes, delta)).toEqual(told);
});

test("who says who it is is read anew, and shares the lists that it sends with others", () => {
  const reader = createRequestReader();
  const [one, same, other] = [first("one"), first("one"), first("other")].map((bytes) => reader.read(bytes, delta));
  if (!one?.ok || !same?.ok || !other?.ok) throw new Error("they are requests");
  expect(same).not.toBe(one);
  expect(other.value.node?.includes("other")).toBe(true);
  const [mine, yours] = [one.value.request, other.value.request];
  if (mine.kind !== "delta" || yours.kind !== "delta") throw new Error("they are incremental");
  expect(mine.subscribe).toEqual(names);
  expect(yours.subscribe).toBe(mine.subscribe);
  expect(mine.initialVersions.get("name-3")).toBe("1");
  expect(yours.initialVersions).toBe(mine.initialVersions);
});

test("W5 what stands behind the node is decoded once, whoever sends it; the node is each one's own", () => {
  const reader = createRequestReader();
  const decoded = ["one", "two", "three"].map((id) => reader.read(first(id), delta));
  const requests = decoded.map((each) => (each.ok ? each.value.request : undefined));
  expect(requests[0]).toMatchObject({ kind: "delta", typeUrl, subscribe: names });
  expect(requests[1]).toBe(requests[0]);
  expect(requests[2]).toBe(requests[0]);
  const ids = decoded.map((each) => each.ok && each.value.node?.subarray(2).toString());
  expect(ids).toEqual(["one", "two", "three"]);
});

test("a request is read the same whether its node is taken apart or not", () => {
  const id = fc.string({ maxLength: 300 });
  const some = fc.array(fc.string({ maxLength: 8 }), { maxLength: 12 });
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.boolean(), id, some, fc.boolean(), fc.nat({ max: 20 })), { maxLength: 6 }),
      (all) => {
        const reader = createRequestReader();
        for (const [incremental, node, resourceNames, isFirst, cut] of all) {
          const common = { typeUrl, ...(isFirst ? { node: { id: node } } : {}) };
          const kind = incremental ? delta : sotw;
          const whole = Buffer.from(
            incremental
              ? toBinary(
                  DeltaDiscoveryRequestSchema,
                  create(DeltaDiscoveryRequestSchema, { ...common, resourceNamesSubscribe: resourceNames }),
                )
              : toBinary(DiscoveryRequestSchema, create(DiscoveryRequestSchema, { ...common, resourceNames })),
          );
          // Also where the end is missing, or a second node follows.
          for (const bytes of [whole, whole.subarray(0, whole.length - cut), Buffer.concat([whole, whole])]) {
            const alone = decodeRequest(bytes, kind.dialect, kind.service);
            const read = reader.read(bytes, kind);
            if (alone.ok) expect(read).toEqual(alone);
            else expect(read.ok).toBe(false);
          }
        }
      },
    ),
  );
});

test("a node that stands behind something else is each one's own, also where its bytes are overwritten", () => {
  const reader = createRequestReader();
  const message = create(DiscoveryRequestSchema, { typeUrl, versionInfo: "1", node: { id: "one" } });
  const bytes = Buffer.from(toBinary(DiscoveryRequestSchema, message));
  const copy = Buffer.from(bytes);
  reader.read(bytes, sotw);
  bytes.write("two", bytes.indexOf("one"));
  const again = reader.read(copy, sotw);
  expect(again.ok && again.value.node?.subarray(2).toString()).toBe("one");
});

test("what cannot be read is not remembered", () => {
  const reader = createRequestReader();
  const bad = Buffer.from([0xff]);
  expect(reader.read(bad, delta).ok).toBe(false);
  expect(reader.read(bad, delta).ok).toBe(false);
  expect(reader.read(ack("1"), delta).ok).toBe(true);
});
