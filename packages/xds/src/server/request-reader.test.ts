import { create, DeltaDiscoveryRequestSchema, DiscoveryRequestSchema, toBinary } from "@portolan/envoy";
import { expect, test } from "vitest";
import { typeNamed } from "../testing/resources.ts";
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

test("what cannot be read is not remembered", () => {
  const reader = createRequestReader();
  const bad = Buffer.from([0xff]);
  expect(reader.read(bad, delta).ok).toBe(false);
  expect(reader.read(bad, delta).ok).toBe(false);
  expect(reader.read(ack("1"), delta).ok).toBe(true);
});
