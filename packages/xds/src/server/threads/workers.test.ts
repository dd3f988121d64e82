import type { Worker } from "node:worker_threads";
import {
  Client,
  credentials,
  type handleServerStreamingCall,
  type handleUnaryCall,
  Metadata,
  type MethodDefinition,
  type StatusObject,
  status,
} from "@grpc/grpc-js";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Dialect } from "../../session/protocol.ts";
import { createSnapshotStore } from "../../snapshot/create-snapshot-store.ts";
import { viewId } from "../../snapshot/ids.ts";
import { eventually } from "../../testing/eventually.ts";
import { connectRaw, type RawClient, type RawStream } from "../../testing/raw-client.ts";
import { resourceOf } from "../../testing/resources.ts";
import type { Assign } from "../assign.ts";
import { createXdsServer } from "../create-xds-server.ts";
import type { GrpcService } from "../further-services.ts";
import type { XdsConnection, XdsReport } from "../report.ts";
import type { XdsServer } from "../xds-server.ts";

const same = (bytes: Buffer) => bytes;
const method = (path: string, responseStream: boolean): MethodDefinition<Buffer, Buffer> => ({
  path,
  requestStream: false,
  responseStream,
  requestSerialize: same,
  requestDeserialize: same,
  responseSerialize: same,
  responseDeserialize: same,
});
/** So many connections are on one of two threads alone once in 2 thousand million times. */
const STREAMS = 32;
const ECHO = "/test.Echo/Echo";
const COUNT = "/test.Echo/Count";

/** `echo` answers with what it was asked and who asks; `count` writes until it is cancelled. */
function echoService(onCancel: () => void): GrpcService {
  const echo: handleUnaryCall<Buffer, Buffer> = (call, done) => {
    if (call.request.toString() === "no") {
      done({ code: status.PERMISSION_DENIED, details: "not you" });
      return;
    }
    const trailer = new Metadata();
    trailer.set("asked", String(call.metadata.get("asks")[0]));
    done(null, Buffer.concat([Buffer.from(`${call.getPeer().split(":")[0]} `), call.request]), trailer);
  };
  const count: handleServerStreamingCall<Buffer, Buffer> = (call) => {
    let at = 0;
    const more = () => {
      while (at < 1_000_000 && call.write(Buffer.from(`${at++}`)));
    };
    call.on("drain", more);
    call.on("cancelled", onCancel);
    more();
  };
  return {
    definition: { echo: method(ECHO, false), count: method(COUNT, true) },
    implementation: { echo, count },
  };
}

describe("streams on two worker threads", () => {
  const store = createSnapshotStore();
  const clients: RawClient[] = [];
  const threads: Worker[] = [];
  const reports: XdsReport[] = [];
  const released: string[] = [];
  const asked: { now: number; most: number } = { now: 0, most: 0 };
  let cancelled = 0;
  let server: XdsServer;

  /** A client says by its id which view it gets: `VIEW/NAME`. */
  const assign: Assign = async (_peer, { id }) => {
    asked.most = Math.max(asked.most, ++asked.now);
    await new Promise(setImmediate);
    asked.now--;
    if (id === "broken") throw new Error("assign is broken");
    if (id === "stranger") return { refused: { code: "PERMISSION_DENIED", message: "who?" } };
    return { view: viewId(id.split("/")[0] ?? ""), release: () => released.push(id) };
  };

  const collect = (thread: Worker) => threads.push(thread);

  beforeAll(async () => {
    process.on("worker", collect);
    server = createXdsServer({
      store,
      assign,
      listen: [{ address: "127.0.0.1", port: 0 }],
      limits: { maxPendingAssignments: 2 },
      services: [echoService(() => cancelled++)],
      workers: 2,
    });
    server.onReport((report) => reports.push(report));
    await server.start();
  });
  afterAll(async () => {
    process.off("worker", collect);
    for (const client of clients) client.close();
    await server.stop(0);
  });

  function connect(): RawClient {
    const client = connectRaw(server.addresses[0]?.port ?? 0);
    clients.push(client);
    return client;
  }

  /** Each on a connection of its own. */
  function openAll(dialect: Dialect, view: string, count = STREAMS): RawStream[] {
    return Array.from({ length: count }, (_, at) => {
      const stream = connect().open(dialect);
      stream.send({ type: "CDS", node: `${view}/${at}` });
      return stream;
    });
  }

  const ofView = (view: string): readonly XdsConnection[] =>
    server.connections().filter(({ nodeId }) => nodeId.startsWith(`${view}/`));
  const kindsOf = (view: string) =>
    reports.flatMap((report) => ("nodeId" in report && report.nodeId?.startsWith(`${view}/`) ? [report.kind] : []));

  test.each(["sotw", "delta"] as const)(
    "%s: every change reaches all of them, and reports and status tell so",
    async (dialect) => {
      const view = `changes-${dialect}`;
      store.set(viewId(view), [resourceOf("CDS", "a", "1")]);
      const streams = openAll(dialect, view);
      for (const version of ["1", "2", "3"]) {
        store.set(viewId(view), [resourceOf("CDS", "a", version)]);
        for (const stream of streams) {
          let response = await stream.next();
          while (response.resources[0] !== `a=${version}`) {
            stream.ack(response);
            response = await stream.next();
          }
          stream.ack(response);
        }
      }
      await eventually(() => ofView(view).filter(({ settled }) => settled).length).toBe(STREAMS);
      const rows = ofView(view);
      expect(rows).toHaveLength(STREAMS);
      for (const { appliedRevision, types, service, dialect: spoken } of rows) {
        expect({ appliedRevision, service, spoken }).toEqual({
          appliedRevision: store.revision,
          service: "ADS",
          spoken: dialect,
        });
        expect(types).toMatchObject([
          { shortName: "CDS", wildcard: true, resources: 1, state: "SYNCED", pendingSinceMs: undefined, rejected: [] },
        ]);
        expect(types[0]?.acknowledgedNonce).toBe(types[0]?.sentNonce);
      }
      expect(rows.map(({ stream }) => stream)).toEqual(rows.map(({ stream }) => stream).sort((a, b) => a - b));
      const kinds = kindsOf(view);
      const count = (kind: string) => kinds.filter((each) => each === kind).length;
      expect([count("stream-opened"), count("push"), count("ack")]).toEqual([STREAMS, count("ack"), count("push")]);
      expect(count("push")).toBeGreaterThanOrEqual(STREAMS);
      // The times are of this thread's clock.
      const now = performance.now();
      for (const { openedAtMs, types } of rows) {
        expect(openedAtMs).toBeGreaterThan(0);
        expect(types[0]?.acknowledgedAtMs).toBeGreaterThanOrEqual(openedAtMs);
        expect(types[0]?.acknowledgedAtMs).toBeLessThanOrEqual(now);
      }
      for (const stream of streams) stream.cancel();
      await eventually(() => [ofView(view).length, released.filter((id) => id.startsWith(view)).length]).toEqual([
        0,
        STREAMS,
      ]);
    },
  );

  test("a revision that concerns nobody is applied by all, and the status tells of it", async () => {
    const view = "untouched";
    store.set(viewId(view), [resourceOf("CDS", "a", "1")]);
    for (const stream of openAll("delta", view, 4)) stream.ack(await stream.next());
    await eventually(() => ofView(view).filter(({ settled }) => settled)).toHaveLength(4);
    const applied = new Promise<void>((resolve) => {
      const stop = server.onStatus(() => {
        if (!ofView(view).every(({ appliedRevision }) => appliedRevision === store.revision)) return;
        stop();
        resolve();
      });
    });
    store.set(viewId("elsewhere"), [resourceOf("CDS", "b", "1")]);
    expect(ofView(view).some(({ appliedRevision }) => appliedRevision === store.revision)).toBe(false);
    await applied;
  });

  test("P-13 what a node rejected is not sent to it again, but what it accepted, whichever thread it comes to", async () => {
    const view = "rejecting";
    store.set(viewId(view), [resourceOf("EDS", "a", "1"), resourceOf("EDS", "b", "1")]);
    const stream = connect().open("delta");
    stream.send({ type: "EDS", node: `${view}/n`, names: ["a", "b"] });
    stream.ack(await stream.next());
    store.set(viewId(view), [resourceOf("EDS", "a", "bad"), resourceOf("EDS", "b", "1")]);
    const { nonce } = await stream.next();
    stream.send({ type: "EDS", nonce, error: "a is out of range" });
    const nack = () => reports.find(({ kind }) => kind === "nack");
    await eventually(nack).toMatchObject({
      nodeId: `${view}/n`,
      resources: [{ name: "a", version: "bad", origins: [] }],
    });
    await eventually(() => ofView(view)[0]?.types[0]).toMatchObject({
      state: "STALE",
      rejected: [{ name: "a", version: "bad", message: "a is out of range" }],
    });
    stream.cancel();
    for (let at = 0; at < 8; at++) {
      const again = connect().open("delta");
      again.send({ type: "EDS", node: `${view}/n`, names: ["a", "b"] });
      expect((await again.next()).resources).toEqual(["a=1", "b=1"]);
      again.cancel();
    }
  });

  test("F-16 who may come in is decided in the main thread, a few at a time; a fault concerns one stream", async () => {
    const codes = await Promise.all(
      ["broken", "stranger", "broken", "stranger"].map(async (node) => {
        const stream = connect().open("sotw");
        stream.send({ type: "CDS", node });
        return (await stream.ended).code;
      }),
    );
    expect(codes).toEqual([status.UNAVAILABLE, status.PERMISSION_DENIED, status.UNAVAILABLE, status.PERMISSION_DENIED]);
    const faults = reports.filter((report) => report.kind === "fault" && report.where === "assign");
    expect(faults).toHaveLength(2);
    expect(asked.most).toBeLessThanOrEqual(2);
  });

  describe("further services", () => {
    const ask = (text: string) =>
      new Promise<{ text: string; trailer: unknown } | StatusObject>((resolve) => {
        const client = new Client(`127.0.0.1:${server.addresses[0]?.port}`, credentials.createInsecure(), {
          "grpc.use_local_subchannel_pool": 1,
        });
        const metadata = new Metadata();
        metadata.set("asks", text);
        let answer = "";
        const call = client.makeUnaryRequest(ECHO, same, same, Buffer.from(text), metadata, (_failure, value) => {
          answer = value?.toString() ?? "";
        });
        call.on("status", (ended) => {
          client.close();
          resolve(ended.code === status.OK ? { text: answer, trailer: ended.metadata.get("asked")[0] } : ended);
        });
      });

    test("are carried out in the main thread, whichever thread is asked", async () => {
      const answers = await Promise.all(Array.from({ length: 12 }, (_, at) => ask(`question ${at}`)));
      expect(answers).toEqual(
        answers.map((_, at) => ({ text: `127.0.0.1 question ${at}`, trailer: `question ${at}` })),
      );
      expect(await ask("no")).toMatchObject({ code: status.PERMISSION_DENIED, details: "not you" });
    });

    test("a client that reads slowly holds them up, and they are told when it goes", async () => {
      const client = new Client(`127.0.0.1:${server.addresses[0]?.port}`, credentials.createInsecure());
      const call = client.makeServerStreamRequest(COUNT, same, same, Buffer.alloc(0));
      call.on("error", () => {});
      const numbers: number[] = [];
      await new Promise<void>((resolve) => {
        call.on("data", (bytes: Buffer) => {
          if (numbers.push(Number(bytes.toString())) === 5_000) resolve();
        });
      });
      expect(numbers).toEqual(numbers.map((_, at) => at));
      call.cancel();
      await eventually(() => cancelled).toBe(1);
      client.close();
    });
  });

  test("a thread that ends takes its own streams with it and nothing else, and another takes its place", async () => {
    const view = "crash";
    const id = viewId(view);
    store.set(id, [resourceOf("CDS", "a", "1")]);
    const streams = openAll("delta", view);
    for (const stream of streams) stream.ack(await stream.next());
    await eventually(() => ofView(view).length).toBe(STREAMS);
    reports.length = 0;
    expect(threads).toHaveLength(2);
    await threads[0]?.terminate();
    const fault = () => reports.find(({ kind }) => kind === "fault");
    await eventually(fault).toMatchObject({ where: "worker" });
    await eventually(() => kindsOf(view).filter((kind) => kind === "stream-closed").length).toBeGreaterThan(0);
    const left = new Set(ofView(view).map(({ nodeId }) => nodeId));
    expect(left.size).toBeGreaterThan(0);
    expect(left.size + released.filter((node) => node.startsWith(`${view}/`)).length).toBe(STREAMS);
    store.set(id, [resourceOf("CDS", "a", "2")]);
    for (const [at, stream] of streams.entries()) {
      if (left.has(`${view}/${at}`)) expect((await stream.next()).resources).toEqual(["a=2"]);
      else expect((await stream.ended).code).not.toBe(status.OK);
    }
    await eventually(() => threads.length).toBe(3);
    // The first ones are gone: who is served is served by a new one.
    await threads[1]?.terminate();
    const back = async () => {
      const stream = connect().open("delta");
      stream.send({ type: "CDS", node: `${view}/back` });
      return (await stream.next().catch(() => undefined))?.resources;
    };
    await eventually(back).toEqual(["a=2"]);
  });
});

test("P-09 when the server stops, streams on threads end with UNAVAILABLE, within the grace", async () => {
  const view = viewId("v");
  const store = createSnapshotStore();
  store.set(view, [resourceOf("CDS", "a", "1")]);
  const ended: string[] = [];
  const server = createXdsServer({
    store,
    assign: () => ({ view, release: () => ended.push("released") }),
    listen: [{ address: "127.0.0.1", port: 0 }],
    workers: 1,
  });
  server.onReport((report) => {
    if (report.kind === "stream-closed") ended.push(report.status);
  });
  await server.start();
  const client = connectRaw(server.addresses[0]?.port ?? 0);
  const stream = client.open("delta");
  stream.send({ type: "CDS", node: "n" });
  await stream.next();
  const stopped = server.stop();
  expect((await stream.ended).code).toBe(status.UNAVAILABLE);
  client.close();
  await stopped;
  expect(ended).toEqual(["released", "UNAVAILABLE"]);
});

test("a port that is taken is an error, although threads share theirs", async () => {
  const store = createSnapshotStore();
  const options = { store, assign: () => ({ view: viewId("v") }), workers: 1 };
  await using first = createXdsServer({ ...options, listen: [{ address: "127.0.0.1", port: 0 }] });
  await first.start();
  const { port = 0 } = first.addresses[0] ?? {};
  for (const workers of [1, 0]) {
    await using second = createXdsServer({ ...options, workers, listen: [{ address: "127.0.0.1", port }] });
    await expect(second.start()).rejects.toMatchObject({ code: "listen-failed", message: /EADDRINUSE/ });
  }
});

test("a thread that ends before it listens is an error, and nothing is listened on", async () => {
  const options = { store: createSnapshotStore(), assign: () => ({ view: viewId("v") }), workers: 2 };
  const ended: Promise<number>[] = [];
  const end = (thread: Worker) => ended.push(thread.terminate());
  process.on("worker", end);
  const listen = [{ address: "127.0.0.1", port: 0 }];
  const server = createXdsServer({ ...options, listen });
  await expect(server.start()).rejects.toMatchObject({ code: "listen-failed", message: /ended with code/ });
  process.off("worker", end);
  expect(ended).toHaveLength(2);
  expect(server.addresses).toEqual([]);
});

test.each([-1, 1.5, 65])("workers: %d is refused", (workers) => {
  const listen = [{ address: "127.0.0.1", port: 0 }];
  const options = { store: createSnapshotStore(), assign: () => ({ view: viewId("v") }), listen, workers };
  expect(() => createXdsServer(options)).toThrow(expect.objectContaining({ code: "bad-option" }));
});
