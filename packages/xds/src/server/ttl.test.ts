import {
  type DeltaDiscoveryResponse,
  type DiscoveryResponse,
  fromBinary,
  type Resource,
  ResourceSchema,
} from "@portolan/envoy";
import { expect, test } from "vitest";
import { createSnapshotStore } from "../snapshot/create-snapshot-store.ts";
import { viewId } from "../snapshot/ids.ts";
import { connectRaw, type RawResponse } from "../testing/raw-client.ts";
import { resourceOf } from "../testing/resources.ts";
import { createXdsServer } from "./create-xds-server.ts";

const RESOURCE = "type.googleapis.com/envoy.service.discovery.v3.Resource";
const TTL = "xds.config.supports-resource-ttl";
const WRAPPED = "xds.config.resource-in-sotw";
const view = viewId("v");

function envelopes({ message }: RawResponse): Resource[] {
  if (message.$typeName === "envoy.service.discovery.v3.DeltaDiscoveryResponse") {
    return (message as DeltaDiscoveryResponse).resources;
  }
  return (message as DiscoveryResponse).resources
    .filter(({ typeUrl }) => typeUrl === RESOURCE)
    .map(({ value }) => fromBinary(ResourceSchema, value));
}

test.each([
  ["sotw", []],
  ["sotw", [TTL]],
  ["sotw", [WRAPPED]],
  ["sotw", [TTL, WRAPPED]],
  ["delta", []],
  ["delta", [WRAPPED]],
  ["delta", [TTL]],
] as const)("P-79 P-80 %s over a socket, with the features %j", async (dialect, features) => {
  const store = createSnapshotStore();
  await using server = createXdsServer({
    store,
    assign: () => ({ view }),
    listen: [{ address: "127.0.0.1", port: 0 }],
  });
  await server.start();
  const client = connectRaw(server.addresses[0]?.port ?? 0);
  try {
    const lasting = resourceOf("EDS", "a", "1", [], 200);
    store.set(view, [lasting]);
    const stream = client.open(dialect);
    stream.send({ type: "EDS", names: ["a", "b"], node: "n", features });
    const first = await stream.next();
    stream.ack(first, dialect === "sotw" ? ["a", "b"] : []);
    const takes = features.some((one) => one === TTL) && (dialect === "delta" || features.length === 2);
    const [envelope] = envelopes(first);
    if (!takes) {
      expect(envelope?.ttl).toBeUndefined();
      expect(envelopes(first)).toHaveLength(dialect === "delta" ? 1 : 0);
      return;
    }
    const version = dialect === "delta" ? "1" : first.version;
    const told = { name: "a", version, ttl: { seconds: 0n, nanos: 200_000_000 } };
    expect(envelope).toMatchObject(told);
    expect(envelope?.resource).toBeDefined();
    for (let beat = 0; beat < 3; beat++) {
      const response = await stream.next();
      stream.ack(response, dialect === "sotw" ? ["a", "b"] : []);
      expect(envelopes(response)).toMatchObject([told]);
      expect(envelopes(response)[0]?.resource).toBeUndefined();
      expect(response.nonce).not.toBe(first.nonce);
    }
    // The next one that is no heartbeat takes the TTL away.
    store.set(view, [resourceOf("EDS", "a", "1")]);
    for (;;) {
      const response = await stream.next();
      const [last] = envelopes(response);
      if (last?.ttl !== undefined) {
        stream.ack(response, dialect === "sotw" ? ["a", "b"] : []);
        continue;
      }
      expect(response.resources).toContain("a=1");
      break;
    }
  } finally {
    client.close();
  }
});
