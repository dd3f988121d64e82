import { DeltaDiscoveryResponseSchema, DiscoveryResponseSchema, fromBinary, ResourceSchema } from "@portolan/envoy";
import fc from "fast-check";
import { expect, test } from "vitest";
import { SECRET } from "../resource/type-url.ts";
import type { SessionResponse } from "../session/protocol.ts";
import type { ReplicaResource } from "../snapshot/replica.ts";
import { resourceOf, typeNamed } from "../testing/resources.ts";
import { type AssembledResponse, createAssembly } from "./assembly.ts";

function replicaOf(name: string, version: string, type = "CDS"): ReplicaResource {
  const { typeUrl, body } = resourceOf(type, name, version);
  const bytes = new Uint8Array(new SharedArrayBuffer(body.length + 5));
  bytes.set(body, 5);
  return { typeUrl, name, version, ttlMs: undefined, references: [], bytes, offset: 5, length: body.length };
}

function response(kind: "sotw" | "delta", resources: ReplicaResource[], removed: string[] = []): SessionResponse {
  const { typeUrl } = typeNamed("CDS");
  return { kind, typeUrl, version: "v", resources, removed, ttl: "none", oversize: false };
}

/** Behind the prefix, which must say how long it is. */
function messageOf({ frame }: AssembledResponse): Buffer {
  expect([frame[0], frame.readUInt32BE(1)]).toEqual([0, frame.length - 5]);
  return frame.subarray(5);
}

const text = fc.string({ unit: "grapheme", maxLength: 300 });

test("what is put together by hand is what protobuf reads", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(text, text), { maxLength: 5 }), fc.array(text), (pairs, removed) => {
      const assembly = createAssembly("portolan");
      const resources = pairs.map(([name, version]) => replicaOf(name, version || "1"));
      const delta = assembly.assemble(response("delta", resources, removed), 0);
      const message = fromBinary(DeltaDiscoveryResponseSchema, messageOf(delta));
      expect(message).toMatchObject({
        typeUrl: typeNamed("CDS").typeUrl,
        systemVersionInfo: "v",
        nonce: String(delta.nonce),
        removedResources: removed,
        controlPlane: { identifier: "portolan" },
      });
      expect(message.resources.map(({ name, version }) => [name, version])).toEqual(
        resources.map(({ name, version }) => [name, version]),
      );
      const sotw = fromBinary(DiscoveryResponseSchema, messageOf(assembly.assemble(response("sotw", resources), 0)));
      for (const [at, { name, version }] of resources.entries()) {
        const content = new TextEncoder().encode(`${name}@${version}`);
        expect(Buffer.from(sotw.resources[at]?.value ?? []).equals(content)).toBe(true);
        expect(Buffer.from(message.resources[at]?.resource?.value ?? []).equals(content)).toBe(true);
      }
      expect(sotw).toMatchObject({ versionInfo: "v", controlPlane: { identifier: "portolan" } });
    }),
  );
});

test("P-79 P-80 TTLs stand in the envelope of a resource, and a heartbeat holds nothing else", () => {
  const assembly = createAssembly("portolan");
  const type = typeNamed("CDS").typeUrl;
  for (const ttlMs of [100, 2_000, 90_500, 2 ** 31 - 1]) {
    const duration = { seconds: BigInt(Math.floor(ttlMs / 1000)), nanos: (ttlMs % 1000) * 1e6 };
    const lasting = { ...replicaOf("a", "1"), ttlMs };
    const plain = replicaOf("b", "1");
    for (const ttl of ["given", "heartbeat", "none"] as const) {
      const told = {
        name: "a",
        ...(ttl === "heartbeat" ? {} : { resource: { typeUrl: type } }),
        ...(ttl === "none" ? {} : { ttl: duration }),
      };
      const both = ttl === "heartbeat" ? [lasting] : [lasting, plain];
      const delta = messageOf(assembly.assemble({ ...response("delta", both), ttl }, 0));
      const [resource, other] = fromBinary(DeltaDiscoveryResponseSchema, delta).resources;
      expect(resource).toMatchObject({ ...told, version: "1" });
      expect(other?.ttl).toBeUndefined();
      expect(resource?.resource === undefined).toBe(ttl === "heartbeat");
      const sotw = messageOf(assembly.assemble({ ...response("sotw", both), ttl }, 0));
      const [wrapped, bare] = fromBinary(DiscoveryResponseSchema, sotw).resources;
      if (ttl === "none") {
        expect(wrapped?.typeUrl).toBe(type);
        continue;
      }
      expect(wrapped?.typeUrl).toBe("type.googleapis.com/envoy.service.discovery.v3.Resource");
      // Envoy knows a heartbeat by the version of the response that it accepted last.
      expect(fromBinary(ResourceSchema, wrapped?.value ?? new Uint8Array())).toMatchObject({ ...told, version: "v" });
      if (ttl === "given") expect(bare?.typeUrl).toBe(type);
    }
  }
});

test("the same response is assembled once, but never twice with one nonce on a stream", () => {
  const assembly = createAssembly("portolan");
  const resource = replicaOf("a", "1");
  const first = assembly.assemble(response("delta", [resource]), 0);
  expect(assembly.assemble(response("delta", [resource]), 0)).toBe(first);
  const again = assembly.assemble(response("delta", [resource]), first.nonce);
  expect(again.nonce).toBeGreaterThan(first.nonce);
  const others = [
    response("sotw", [resource]),
    response("delta", [resource], ["b"]),
    { ...response("delta", [resource]), ttl: "heartbeat" } as const,
    response("delta", [replicaOf("a", "1")]),
  ];
  for (const other of others) expect(assembly.assemble(other, 0).nonce).toBeGreaterThan(again.nonce);
});

test("a response with a secret is kept for nobody", () => {
  const assembly = createAssembly("portolan");
  const own = { ...response("delta", [replicaOf("default", "1", "SDS")]), typeUrl: SECRET };
  expect(assembly.assemble(own, 0)).not.toBe(assembly.assemble(own, 0));
});

test("what is kept for other streams is bounded", () => {
  const assembly = createAssembly("portolan");
  const large = Array.from({ length: 30 }, (_, at) => replicaOf(`a${at}`, "x".repeat(1_000_000)));
  const first = large.map((resource) => assembly.assemble(response("delta", [resource]), 0));
  const again = large.map((resource) => assembly.assemble(response("delta", [resource]), 0));
  const kept = again.filter((one, at) => one === first[at]);
  expect(kept.length).toBeLessThan(10);
});
