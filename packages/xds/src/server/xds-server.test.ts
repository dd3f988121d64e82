import { status } from "@grpc/grpc-js";
import { objectKey } from "@portolan/model";
import { afterEach, describe, expect, test } from "vitest";
import { RESOURCE_TYPES } from "../resource/resource-type.ts";
import type { Dialect } from "../session/protocol.ts";
import { createSnapshotStore } from "../snapshot/create-snapshot-store.ts";
import { viewId } from "../snapshot/ids.ts";
import { connectRaw, type RawClient } from "../testing/raw-client.ts";
import { resourceOf } from "../testing/resources.ts";
import type { Assign } from "./assign.ts";
import { createXdsServer } from "./create-xds-server.ts";
import type { XdsReport } from "./report.ts";
import type { XdsServer, XdsServerOptions } from "./xds-server.ts";

const view = viewId("v");
const dialects: readonly Dialect[] = ["sotw", "delta"];
const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function serve(options: Partial<XdsServerOptions> = {}) {
  const store = createSnapshotStore();
  const assign: Assign = () => ({ view });
  const server = createXdsServer({ store, assign, listen: [{ address: "127.0.0.1", port: 0 }], ...options });
  await server.start();
  cleanups.push(() => server.stop(0));
  return { store, server, client: clientOf(server) };
}

function clientOf(server: XdsServer): RawClient {
  const client = connectRaw(server.addresses[0]?.port ?? 0);
  cleanups.push(() => client.close());
  return client;
}

/** Waits until a report comes for which the test says so. */
function reported(server: XdsServer, match: (report: XdsReport) => boolean): Promise<XdsReport> {
  return new Promise((resolve) => {
    const stop = server.onReport((report) => {
      if (!match(report)) return;
      stop();
      resolve(report);
    });
  });
}

function everything() {
  return RESOURCE_TYPES.flatMap(({ service, shortName }) => (service ? [resourceOf(shortName, "a", "1")] : []));
}

test("P-41 resources of the delta dialect have name, version and content, and a response its nonce and the store's revision", async () => {
  const { store, client } = await serve();
  store.set(view, [resourceOf("CDS", "a", "7")]);
  const stream = client.open("delta");
  stream.send({ type: "CDS", node: "n" });
  const { message, resources, nonce } = await stream.next();
  expect(message).toMatchObject({
    resources: [{ name: "a", version: "7", resource: { typeUrl: message.typeUrl } }],
    systemVersionInfo: String(store.revision),
  });
  expect(resources).toEqual(["a=7"]);
  expect(nonce).not.toBe("");
});

describe.each(dialects)("%s over a socket", (dialect) => {
  test("P-01 P-11 P-20 one stream: node once, a nonce once, changes as they come", async () => {
    const { store, client } = await serve();
    store.set(view, [resourceOf("CDS", "a", "1"), resourceOf("EDS", "a", "1")]);
    const stream = client.open(dialect);
    stream.send({ type: "CDS", node: "n" });
    const clusters = await stream.next();
    expect(clusters.resources).toEqual(["a=1"]);
    stream.ack(clusters);
    stream.send({ type: "EDS", names: ["a"] });
    const endpoints = await stream.next();
    expect(endpoints).toMatchObject({ resources: ["a=1"] });
    stream.ack(endpoints, dialect === "sotw" ? ["a"] : []);
    store.set(view, [resourceOf("CDS", "a", "1"), resourceOf("EDS", "a", "2")]);
    const changed = await stream.next();
    expect(changed.resources).toEqual(["a=2"]);
    const nonces = [clusters.nonce, endpoints.nonce, changed.nonce];
    expect(new Set(nonces).size).toBe(3);
    expect(nonces).not.toContain("");
    expect([clusters, endpoints, changed].map(({ version }) => version)).not.toContain("");
    expect(clusters.message.controlPlane?.identifier).toBe("portolan");
  });

  test("P-40 endpoints whose names are split over streams are served on each", async () => {
    const { store, client } = await serve();
    store.set(view, [resourceOf("EDS", "a", "1"), resourceOf("EDS", "b", "1"), resourceOf("EDS", "c", "1")]);
    const own = `/envoy.service.endpoint.v3.EndpointDiscoveryService/${dialect === "sotw" ? "Stream" : "Delta"}Endpoints`;
    const streams = [client.open(dialect), client.open(dialect, own)];
    for (const [at, stream] of streams.entries()) {
      const names = at === 0 ? ["a"] : ["b", "c"];
      stream.send({ type: "EDS", node: "n", names });
      const first = await stream.next();
      expect(first.resources).toEqual(names.map((name) => `${name}=1`));
      stream.ack(first, dialect === "sotw" ? names : []);
    }
    store.set(view, [resourceOf("EDS", "a", "2"), resourceOf("EDS", "b", "1"), resourceOf("EDS", "c", "2")]);
    const answers = await Promise.all(streams.map((stream) => stream.next()));
    expect(answers.map(({ resources }) => resources)).toEqual([["a=2"], ["c=2"]]);
  });

  test("P-02 P-04 without node, id or type the stream ends with INVALID_ARGUMENT", async () => {
    const { client } = await serve();
    for (const request of [{ type: "CDS" }, { type: "CDS", node: "" }, { node: "n" }]) {
      const stream = client.open(dialect);
      stream.send(request);
      expect((await stream.ended).code).toBe(status.INVALID_ARGUMENT);
    }
  });

  test.each(
    RESOURCE_TYPES.filter(({ service }) => service !== undefined).map((type) => [type.shortName, type] as const),
  )(
    "P-04 P-06 the service of %s answers, takes the type from the method and no other type",
    async (shortName, { service, typeUrl }) => {
      const { store, client } = await serve();
      store.set(view, everything());
      const path = `/${service?.name}/${dialect === "sotw" ? service?.sotw : service?.delta}`;
      const stream = client.open(dialect, path);
      stream.send({ node: "n", names: ["a"] });
      if (shortName === "SDS" && dialect === "sotw") {
        // No secret is served in plaintext, and this dialect has no words for it: the stream only stays open.
        stream.send({ type: "CDS" });
      } else {
        const response = await stream.next();
        expect(response.typeUrl).toBe(typeUrl);
        expect(response.resources).toEqual(shortName === "SDS" ? [] : ["a=1"]);
        stream.send({ type: shortName === "CDS" ? "LDS" : "CDS", names: ["a"] });
      }
      expect((await stream.ended).code).toBe(status.INVALID_ARGUMENT);
    },
  );

  test("P-06 what is not offered is UNIMPLEMENTED on its own stream and concerns no other", async () => {
    const { store, client } = await serve();
    store.set(view, [resourceOf("CDS", "a", "1")]);
    const stream = client.open(dialect);
    stream.send({ type: "CDS", node: "n" });
    stream.ack(await stream.next());
    const other = client.open(dialect, "/envoy.service.route.v3.ScopedRoutesDiscoveryService/StreamScopedRoutes");
    other.send({ node: "n" });
    expect((await other.ended).code).toBe(status.UNIMPLEMENTED);
    store.set(view, [resourceOf("CDS", "a", "2")]);
    expect((await stream.next()).resources).toEqual(["a=2"]);
  });

  test("P-13 a rejection is reported with node, type, version and reason, and shown", async () => {
    const { store, server, client } = await serve();
    const origins = [objectKey("ServiceEntry", "shop", "reviews")];
    store.set(view, [resourceOf("EDS", "a", "1")]);
    const stream = client.open(dialect);
    stream.send({ type: "EDS", node: "n", names: ["a"] });
    stream.ack(await stream.next(), dialect === "sotw" ? ["a"] : []);
    store.set(view, [{ ...resourceOf("EDS", "a", "bad"), origins }]);
    const { nonce } = await stream.next();
    const nack = reported(server, ({ kind }) => kind === "nack");
    stream.send({ type: "EDS", names: dialect === "sotw" ? ["a"] : [], nonce, error: "out of range" });
    expect(await nack).toMatchObject({
      nodeId: "n",
      nonce,
      message: "out of range",
      resources: [{ name: "a", version: "bad", origins }],
    });
    const [connection] = server.connections();
    expect(connection?.types).toMatchObject([
      { shortName: "EDS", state: "STALE", rejected: [{ name: "a", version: "bad", message: "out of range" }] },
    ]);
    // A second stream of the node is not sent it either, but what the first had accepted.
    const again = client.open(dialect);
    again.send({ type: "EDS", node: "n", names: ["a"] });
    const instead = await again.next();
    expect([instead.resources, instead.removed]).toEqual([["a=1"], []]);
    again.ack(instead, dialect === "sotw" ? ["a"] : []);
    store.set(view, [resourceOf("EDS", "a", "2")]);
    const [first, second] = await Promise.all([stream.next(), again.next()]);
    expect([first.resources, second.resources]).toEqual([["a=2"], ["a=2"]]);
  });

  test("a refusal and a fault of the function that assigns end that stream alone", async () => {
    const { store, client } = await serve({
      assign: (_peer, { id }) => {
        if (id === "thrown") throw new Error("no");
        if (id === "refused") return { refused: { code: "PERMISSION_DENIED", message: "not you" } };
        return Promise.resolve({ view });
      },
    });
    store.set(view, [resourceOf("CDS", "a", "1")]);
    for (const [node, code] of [
      ["thrown", status.UNAVAILABLE],
      ["refused", status.PERMISSION_DENIED],
    ] as const) {
      const stream = client.open(dialect);
      stream.send({ type: "CDS", node });
      expect((await stream.ended).code).toBe(code);
    }
    const stream = client.open(dialect);
    stream.send({ type: "CDS", node: "n" });
    expect((await stream.next()).resources).toEqual(["a=1"]);
  });

  test("F-16 a function that never answers ends its stream", async () => {
    const { client } = await serve({ assign: () => new Promise(() => {}), limits: { assignMs: 20 } });
    const stream = client.open(dialect);
    stream.send({ type: "CDS", node: "n" });
    expect((await stream.ended).code).toBe(status.UNAVAILABLE);
  });

  test("a client that says nothing is not kept", async () => {
    // Long enough for the stream to begin: a connection that asks nothing is not kept for longer either.
    const { client } = await serve({ limits: { authenticationMs: 2_000 } });
    const stream = client.open(dialect);
    expect((await stream.ended).code).toBe(status.DEADLINE_EXCEEDED);
  });

  test("F-16 functions that never answer keep nobody else out, however many there are", async () => {
    const limits = { assignMs: 20, maxPendingAssignments: 2 };
    const { store, client } = await serve({
      assign: (_peer, { id }) => (id === "bad" ? new Promise(() => {}) : { view }),
      limits,
    });
    store.set(view, [resourceOf("CDS", "a", "1")]);
    const bad = Array.from({ length: 5 }, () => client.open(dialect));
    for (const stream of bad) stream.send({ type: "CDS", node: "bad" });
    const good = client.open(dialect);
    good.send({ type: "CDS", node: "good" });
    expect((await good.next()).resources).toEqual(["a=1"]);
    for (const stream of bad) expect((await stream.ended).code).toBe(status.UNAVAILABLE);
  });

  test("F-16 an assignment that is none is told, and ends its stream", async () => {
    const { server, client } = await serve({ assign: () => undefined as never });
    const fault = reported(server, ({ kind }) => kind === "fault");
    const stream = client.open(dialect);
    stream.send({ type: "CDS", node: "n" });
    expect((await stream.ended).code).toBe(status.UNAVAILABLE);
    expect(await fault).toMatchObject({ where: "assign" });
  });

  test("P-08 streams that end in whatever way leave nothing behind", async () => {
    let released = 0;
    const { store, server, client } = await serve({ assign: () => ({ view, release: () => released++ }) });
    store.set(view, [resourceOf("CDS", "a", "1")]);
    for (let round = 0; round < 10; round++) {
      const closed = reported(server, ({ kind }) => kind === "stream-closed");
      const stream = client.open(dialect);
      stream.send({ type: "CDS", node: "n" });
      await stream.next();
      if (round % 2 === 0) stream.close();
      else stream.cancel();
      await closed;
    }
    expect(server.connections()).toEqual([]);
    expect(released).toBe(10);
  });

  test("P-09 when the server stops, streams end with UNAVAILABLE", async () => {
    const { store, server, client } = await serve();
    store.set(view, [resourceOf("CDS", "a", "1")]);
    const stream = client.open(dialect);
    stream.send({ type: "CDS", node: "n" });
    await stream.next();
    await server.stop(1_000);
    expect((await stream.ended).code).toBe(status.UNAVAILABLE);
    expect(server.connections()).toEqual([]);
  });

  test("rule 8 what is too large comes in parts, each after the answer to the one before; what cannot be split comes whole and is reported", async () => {
    const { store, server, client } = await serve({ limits: { maxResponseBytes: 100 } });
    const names = ["a", "b", "c"];
    store.set(
      view,
      ["CDS", "EDS"].flatMap((type) => names.map((name) => resourceOf(type, name, "1"))),
    );
    const oversize: string[] = [];
    server.onReport((report) => {
      if (report.kind === "push" && report.oversize) oversize.push(report.typeUrl);
    });
    const stream = client.open(dialect);
    stream.send({ type: "EDS", node: "n", names });
    for (const name of names) {
      const part = await stream.next();
      expect(part.resources).toEqual([`${name}=1`]);
      stream.ack(part, dialect === "sotw" ? names : []);
    }
    expect(oversize).toEqual([]);
    stream.send({ type: "CDS" });
    const clusters = await stream.next();
    expect(clusters.resources).toEqual(dialect === "sotw" ? ["a=1", "b=1", "c=1"] : ["a=1"]);
    expect(oversize).toEqual(dialect === "sotw" ? [clusters.typeUrl] : []);
  });

  test("P-39 a request that is too large or no protobuf ends its stream and nothing else", async () => {
    const { store, client } = await serve();
    store.set(view, [resourceOf("CDS", "a", "1")]);
    const large = client.open(dialect);
    large.send({ type: "EDS", node: "n", names: ["x".repeat(5 * 1024 * 1024)] });
    expect((await large.ended).code).toBe(status.RESOURCE_EXHAUSTED);
    const strange = client.open(dialect);
    strange.send({ type: "EDS", node: "n", names: ["a\0b", "line\nbreak", "../../etc", "x".repeat(4000)] });
    expect((await strange.next()).typeUrl).toContain("ClusterLoadAssignment");
  });

  test("F-01 a client that never answers is ended after the deadline, where there is one, and others are not", async () => {
    let nowMs = 0;
    const { store, server, client } = await serve({ limits: { acknowledgementMs: 60 }, now: () => nowMs });
    store.set(view, [resourceOf("CDS", "a", "1")]);
    const silent = client.open(dialect);
    silent.send({ type: "CDS", node: "silent" });
    await silent.next();
    const good = client.open(dialect);
    good.send({ type: "CDS", node: "good" });
    const answered = reported(server, ({ kind }) => kind === "ack");
    good.ack(await good.next());
    await answered;
    nowMs = 60;
    expect(await silent.ended).toMatchObject({
      code: status.DEADLINE_EXCEEDED,
      details: expect.stringContaining("CDS"),
    });
    store.set(view, [resourceOf("CDS", "a", "2")]);
    expect((await good.next()).resources).toEqual(["a=2"]);
  });

  test("F-01 a reader that is stuck costs one response, and the others go on", async () => {
    const { store, server, client } = await serve();
    const body = "x".repeat(100_000);
    let pushes = 0;
    server.onReport((report) => {
      if (report.kind === "push" && report.nodeId === "stuck") pushes++;
    });
    store.set(view, [resourceOf("EDS", "a", `0${body}`)]);
    const stuck = clientOf(server).open(dialect);
    stuck.pause();
    stuck.send({ type: "EDS", node: "stuck", names: ["a"] });
    const stream = client.open(dialect);
    stream.send({ type: "EDS", node: "n", names: ["a"] });
    for (let round = 1; round <= 50; round++) {
      stream.ack(await stream.next(), dialect === "sotw" ? ["a"] : []);
      store.set(view, [resourceOf("EDS", "a", `${round}${body}`)]);
    }
    expect((await stream.next()).resources[0]?.slice(0, 4)).toBe("a=50");
    expect(pushes).toBe(1);
  });
});

test("streams that need the same response share its bytes", async () => {
  const { store, client } = await serve();
  store.set(view, [resourceOf("CDS", "a", "1")]);
  const nonces = new Set<string>();
  for (let at = 0; at < 5; at++) {
    const stream = client.open("delta");
    stream.send({ type: "CDS", node: `n${at}` });
    nonces.add((await stream.next()).nonce);
  }
  expect(nonces.size).toBe(1);
});

test("what a stream has applied is known by its revision", async () => {
  const { store, server, client } = await serve();
  store.set(view, [resourceOf("CDS", "a", "1")]);
  const stream = client.open("delta");
  stream.send({ type: "CDS", node: "n" });
  const first = await stream.next();
  expect(server.connections()[0]).toMatchObject({ settled: false, appliedRevision: 0, nodeId: "n", service: "ADS" });
  const acknowledged = reported(server, ({ kind }) => kind === "ack");
  stream.ack(first);
  await acknowledged;
  expect(server.connections()[0]).toMatchObject({ settled: true, appliedRevision: store.revision });
  // What others see concerns this stream in nothing.
  store.set(viewId("other"), [resourceOf("CDS", "b", "1")]);
  expect(server.connections()[0]).toMatchObject({ settled: true, appliedRevision: store.revision });
});

test("S-02 plaintext on another address than loopback must be spelled out", () => {
  const store = createSnapshotStore();
  const assign: Assign = () => ({ view });
  for (const address of ["0.0.0.0", "::", "10.0.0.1", "example.org"]) {
    expect(() => createXdsServer({ store, assign, listen: [{ address, port: 0 }] })).toThrow(
      expect.objectContaining({ code: "insecure-address" }),
    );
  }
  for (const address of ["127.0.0.1", "127.9.9.9", "::1", "localhost"]) {
    createXdsServer({ store, assign, listen: [{ address, port: 0 }] });
  }
  createXdsServer({ store, assign, listen: [{ address: "0.0.0.0", port: 0, insecure: true }] });
});

test("a port in use is an error, and nothing is listened on", async () => {
  const { server } = await serve();
  const port = server.addresses[0]?.port ?? 0;
  const other = createXdsServer({
    store: createSnapshotStore(),
    assign: () => ({ view }),
    listen: [
      { address: "127.0.0.1", port: 0 },
      { address: "127.0.0.1", port },
    ],
  });
  await expect(other.start()).rejects.toMatchObject({ code: "listen-failed" });
});
