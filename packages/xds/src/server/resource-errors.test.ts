import { create, DiscoveryResponseSchema, fromBinary, toBinary } from "@portolan/envoy";
import { expect, test } from "vitest";
import { createSnapshotStore } from "../snapshot/create-snapshot-store.ts";
import { viewId } from "../snapshot/ids.ts";
import { connectRaw } from "../testing/raw-client.ts";
import { resourceOf } from "../testing/resources.ts";
import { createXdsServer } from "./create-xds-server.ts";
import { readFields } from "./wire-reader.ts";

const view = viewId("v");

/** `resource_errors`, which the generated types do not know yet: field 7 of what they leave aside. */
function errorsOf(message: unknown): string[] {
  const bytes = Buffer.from(toBinary(DiscoveryResponseSchema, create(DiscoveryResponseSchema, message as never)));
  const found: string[] = [];
  readFields(bytes, (field, start, end) => {
    if (field !== 7) return;
    const parts: [number, number][] = [];
    readFields(bytes, (_part, from, to) => parts.push([from, to]), start, end);
    const [name = [0, 0], detail = [0, 0]] = parts;
    // Behind the tag and the length of the name itself.
    const called = bytes.toString("utf8", name[0] + 2, name[1]);
    // Code 5, NOT_FOUND, stands before the message.
    const text = `${bytes.readUInt16BE(detail[0]).toString(16)} ${bytes.toString("utf8", detail[0] + 4, detail[1])}`;
    found.push(`${called}: ${text}`);
  });
  return found;
}

test("TP3 over a socket: clients by their user agent, with NOT_FOUND and words", async () => {
  const store = createSnapshotStore();
  await using server = createXdsServer({
    store,
    assign: () => ({ view }),
    listen: [{ address: "127.0.0.1", port: 0 }],
    resourceErrors: ["gRPC Go"],
  });
  await server.start();
  store.set(view, [resourceOf("EDS", "b", "1")]);
  const client = connectRaw(server.addresses[0]?.port ?? 0);
  try {
    const told = client.open("sotw");
    told.send({ type: "EDS", names: ["ä", "b"], node: "n", agent: "gRPC Go" });
    const { message, resources } = await told.next();
    expect(resources).toEqual(["b=1"]);
    expect(errorsOf(message)).toEqual(["ä: 805 there is no such resource"]);
    const untold = client.open("sotw");
    untold.send({ type: "EDS", names: ["a", "b"], node: "n", agent: "envoy" });
    const other = await untold.next();
    expect(other.resources).toHaveLength(2);
    expect(errorsOf(other.message)).toEqual([]);
    // For incremental clients the protocol always had words.
    const delta = client.open("delta");
    delta.send({ type: "EDS", names: ["a", "b"], node: "n", agent: "gRPC Go" });
    expect(await delta.next()).toMatchObject({ resources: ["b=1"], removed: ["a"] });
  } finally {
    client.close();
  }
  expect(fromBinary(DiscoveryResponseSchema, new Uint8Array()).resources).toEqual([]);
});
