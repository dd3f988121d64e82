import { status } from "@grpc/grpc-js";
import { afterEach, describe, expect, test } from "vitest";
import { CLUSTER, CLUSTER_LOAD_ASSIGNMENT, LISTENER } from "../resource/type-url.ts";
import type { Dialect } from "../session/protocol.ts";
import { createSnapshotStore } from "../snapshot/create-snapshot-store.ts";
import { viewId } from "../snapshot/ids.ts";
import { eventually } from "../testing/eventually.ts";
import { connectRaw } from "../testing/raw-client.ts";
import { resourceOf } from "../testing/resources.ts";
import type { Assign } from "./assign.ts";
import { createXdsServer } from "./create-xds-server.ts";

const whole = viewId("whole");
const lean = viewId("lean");
const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** Streams that begin with load assignments are given a view that holds nothing else. */
async function serve(workers: number, second: (assigned: ReturnType<Assign>) => ReturnType<Assign>) {
  const store = createSnapshotStore();
  const asked: string[] = [];
  const held = new Set<string>();
  const assign: Assign = (_peer, _node, type) => {
    asked.push(type);
    const view = type === CLUSTER_LOAD_ASSIGNMENT ? lean : whole;
    held.add(view);
    const assigned = { view, release: () => void held.delete(view) };
    return view === lean ? { ...assigned, types: [CLUSTER_LOAD_ASSIGNMENT] } : second(assigned);
  };
  const server = createXdsServer({ store, assign, workers, listen: [{ address: "127.0.0.1", port: 0 }] });
  await server.start();
  cleanups.push(() => server.stop(0));
  const endpoints = [resourceOf("EDS", "a", "1"), resourceOf("EDS", "b", "1")];
  store.set(lean, endpoints);
  store.set(whole, [resourceOf("CDS", "a", "1"), resourceOf("LDS", "l", "1"), ...endpoints]);
  const client = connectRaw(server.addresses[0]?.port ?? 0);
  cleanups.push(() => client.close());
  return { store, server, client, asked, held };
}

const ways = [
  ["at once", 0, (assigned: ReturnType<Assign>) => assigned],
  ["later", 0, async (assigned: ReturnType<Assign>) => assigned],
  ["from a worker thread", 1, (assigned: ReturnType<Assign>) => assigned],
] as const;

describe.each<Dialect>(["sotw", "delta"])("%s", (dialect) => {
  test.each(ways)(
    "a stream that asks for what its view does not hold is moved to one that does, %s",
    async (_way, workers, second) => {
      const { store, server, client, asked, held } = await serve(workers, second);
      const stream = client.open(dialect);
      stream.send({ type: "EDS", names: ["a"], node: "n" });
      const endpoints = await stream.next();
      expect(endpoints.resources).toEqual(["a=1"]);
      stream.ack(endpoints, dialect === "sotw" ? ["a"] : []);
      await eventually(() => server.connections()[0]?.settled === true).toBe(true);
      expect([...held]).toEqual([lean]);
      // Back to back: what follows waits its turn.
      stream.send({ type: "CDS" });
      stream.send({ type: "LDS" });
      const clusters = await stream.next();
      const listeners = await stream.next();
      expect([clusters.resources, listeners.resources]).toEqual([["a=1"], ["l=1"]]);
      stream.ack(clusters);
      stream.ack(listeners);
      expect(asked).toEqual([CLUSTER_LOAD_ASSIGNMENT, CLUSTER]);
      await eventually(() => server.connections()[0]?.settled === true).toBe(true);
      expect([...held]).toEqual([whole]);
      expect(server.connections()).toMatchObject([{ view: whole, appliedRevision: store.revision }]);
      // Nothing of it is told again because of the move, and changes arrive through the new view alone.
      store.set(lean, [resourceOf("EDS", "a", "9")]);
      store.set(whole, [resourceOf("CDS", "a", "1"), resourceOf("LDS", "l", "1"), resourceOf("EDS", "a", "2")]);
      expect((await stream.next()).resources).toEqual(["a=2"]);
      stream.cancel();
      await eventually(() => held.size === 0).toBe(true);
    },
  );

  test("one that is refused then is ended, and its first assignment released", async () => {
    const refusal = { refused: { code: "PERMISSION_DENIED", message: "endpoints only" } } as const;
    const { client, held } = await serve(0, () => refusal);
    const stream = client.open(dialect);
    stream.send({ type: "EDS", names: ["a"], node: "n" });
    stream.ack(await stream.next(), dialect === "sotw" ? ["a"] : []);
    stream.send({ type: "LDS" });
    expect(await stream.ended).toMatchObject({ code: status.PERMISSION_DENIED, details: "endpoints only" });
    await eventually(() => !held.has(lean)).toBe(true);
  });

  test("one that goes away while it is decided leaves nothing behind", async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const { client, asked, held } = await serve(0, async (assigned) => {
      await promise;
      return assigned;
    });
    const stream = client.open(dialect);
    stream.send({ type: "EDS", names: ["a"], node: "n" });
    stream.ack(await stream.next(), dialect === "sotw" ? ["a"] : []);
    stream.send({ type: "LDS" });
    await eventually(() => asked.includes(LISTENER)).toBe(true);
    stream.cancel();
    await eventually(() => !held.has(lean)).toBe(true);
    resolve();
    await eventually(() => held.size === 0).toBe(true);
  });
});
