import { status } from "@grpc/grpc-js";
import { create, DiscoveryRequestSchema, toBinary } from "@portolan/envoy";
import { afterEach, describe, expect, test } from "vitest";
import { encodeFields } from "../resource/wire.ts";
import { createSnapshotStore } from "../snapshot/create-snapshot-store.ts";
import { viewId } from "../snapshot/ids.ts";
import { connectRaw, type RawStream } from "../testing/raw-client.ts";
import { resourceOf, typeNamed } from "../testing/resources.ts";
import { createXdsServer } from "./create-xds-server.ts";

const view = viewId("v");
const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function serve() {
  const store = createSnapshotStore();
  const server = createXdsServer({
    store,
    assign: () => ({ view }),
    listen: [{ address: "127.0.0.1", port: 0 }],
  });
  await server.start();
  cleanups.push(() => server.stop(0));
  const client = connectRaw(server.addresses[0]?.port ?? 0);
  cleanups.push(() => client.close());
  return { store, server, client };
}

const EDS = typeNamed("EDS").typeUrl;

describe.each(["sotw", "delta"] as const)("P-39 %s over a socket", (dialect) => {
  /** Takes responses, acknowledging each, until all of these were told of, one way or the other. */
  async function answered(stream: RawStream, names: readonly string[]): Promise<Map<string, number>> {
    const told = new Map<string, number>();
    while (told.size < names.length) {
      const response = await stream.next();
      for (const text of [...response.resources, ...response.removed]) {
        const [name = ""] = text.split("=");
        told.set(name, (told.get(name) ?? 0) + 1);
      }
      stream.ack(response, dialect === "sotw" ? names : []);
    }
    return told;
  }

  test("50,000 names are each answered once, and others are served meanwhile", async () => {
    const { store, server, client } = await serve();
    const names = Array.from({ length: 50_000 }, (_, at) => `name-${at}`);
    store.set(
      view,
      names.map((name) => resourceOf("EDS", name, "1")),
    );
    const many = client.open(dialect);
    many.send({ type: "EDS", node: "many", names });
    const one = client.open(dialect);
    one.send({ type: "EDS", node: "one", names: ["name-7"] });
    expect((await one.next()).resources).toEqual(["name-7=1"]);
    const told = await answered(many, names);
    expect(told.size).toBe(50_000);
    expect(new Set(told.values())).toEqual(new Set([1]));
    // One of them changes: that one alone is told.
    store.set(
      view,
      names.map((name) => resourceOf("EDS", name, name === "name-9" ? "2" : "1")),
    );
    expect((await many.next()).resources).toEqual(["name-9=2"]);
    expect(server.connections().map(({ types }) => types[0]?.names)).toEqual([50_000, 1]);
  });

  test("10,000 times one name is one name", async () => {
    const { store, server, client } = await serve();
    store.set(view, [resourceOf("EDS", "a", "1")]);
    const stream = client.open(dialect);
    stream.send({ type: "EDS", node: "n", names: Array.from({ length: 10_000 }, () => "a") });
    const response = await stream.next();
    expect(response.resources).toEqual(["a=1"]);
    expect(server.connections()[0]?.types[0]?.names).toBe(1);
  });

  test.each([
    ["a name of 1 MiB", ["x".repeat(2 ** 20)]],
    ["more than 100,000 names", Array.from({ length: 100_001 }, (_, at) => `n${at}`)],
  ])("%s ends the stream with RESOURCE_EXHAUSTED, and no other", async (_what, names) => {
    const { store, client } = await serve();
    store.set(view, [resourceOf("EDS", "a", "1")]);
    const good = client.open(dialect);
    good.send({ type: "EDS", node: "good", names: ["a"] });
    good.ack(await good.next(), dialect === "sotw" ? ["a"] : []);
    const greedy = client.open(dialect);
    greedy.send({ type: "EDS", node: "greedy", names });
    expect((await greedy.ended).code).toBe(status.RESOURCE_EXHAUSTED);
    store.set(view, [resourceOf("EDS", "a", "2")]);
    expect((await good.next()).resources).toEqual(["a=2"]);
  });

  test("NUL, line breaks, paths and names of objects' own are names like any other", async () => {
    const { store, client } = await serve();
    const names = ["a\0b", "line\nbreak", "../../etc/passwd", "__proto__", "constructor", " ", "%00", "ü", "𝄞"];
    store.set(
      view,
      [...names.slice(0, 5), "ordinary"].map((name) => resourceOf("EDS", name, "1")),
    );
    const stream = client.open(dialect);
    stream.send({ type: "EDS", node: "n", names: [...names, "toString"] });
    const response = await stream.next();
    const found = names.slice(0, 5).map((name) => `${name}=1`);
    expect(response.resources).toEqual(expect.arrayContaining(found));
    if (dialect === "delta") expect(response.removed).toEqual([...names.slice(5), "toString"].sort());
  });

  test("bytes that are no UTF-8, as lone surrogates are, match nothing and do no harm", async () => {
    const { store, client } = await serve();
    store.set(view, [resourceOf("EDS", "a", "1")]);
    const stream = client.open(dialect);
    const node = toBinary(DiscoveryRequestSchema, create(DiscoveryRequestSchema, { node: { id: "n" } }));
    const [nodeField, typeField] = dialect === "sotw" ? [2, 4] : [1, 2];
    const surrogates = [
      new Uint8Array([0xed, 0xa0, 0x80]),
      new Uint8Array([0xed, 0xb0, 0x80, 0x61]),
      new Uint8Array([0xff]),
    ];
    stream.sendBytes(
      encodeFields([
        // Behind its tag and length, which are a byte each.
        [nodeField, node.subarray(2)],
        [typeField, EDS],
        ...surrogates.map((bytes) => [3, bytes] as const),
        [3, "a"],
      ]),
    );
    const response = await stream.next();
    expect(response.resources).toContain("a=1");
    // What they became is the same text for all who read it.
    for (const name of response.removed) expect(name.isWellFormed()).toBe(true);
  });
});
