import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Cluster_DiscoveryType, ClusterLoadAssignmentSchema, ClusterSchema, create } from "@portolan/envoy";
import { createSnapshotStore, createXdsServer, encodeResource, sha256Version, viewId } from "@portolan/xds";
import { afterEach, expect, test } from "vitest";
import { main } from "../cli/main.ts";
import { benchNode } from "./bench-node.ts";
import { endpointNames } from "./preflight.ts";
import { benchPush, type PushBenchReport } from "./push-bench.ts";
import { formatPushReport } from "./push-report.ts";
import { createTrigger } from "./trigger.ts";

afterEach(() => {
  process.exitCode = undefined;
});

const view = viewId("all");
/** Nobody listens there, nor is given it: a port that was free a moment ago may be anyone's by now. */
const NOBODY = "127.0.0.1:1";
const names = Array.from({ length: 20 }, (_, at) => `service-${at}`);

function assignment(name: string, address: string) {
  const socketAddress = {
    case: "socketAddress" as const,
    value: { address, portSpecifier: { case: "portValue" as const, value: 80 } },
  };
  const endpoint = { case: "endpoint" as const, value: { address: { address: socketAddress } } };
  return create(ClusterLoadAssignmentSchema, {
    clusterName: name,
    endpoints: [{ lbEndpoints: [{ hostIdentifier: endpoint }] }],
  });
}

function cluster(name: string) {
  return create(ClusterSchema, { name, clusterDiscoveryType: { case: "type", value: Cluster_DiscoveryType.EDS } });
}

/** An xDS server, and a POST to `/change/ADDRESS` that gives one endpoint that address. */
async function startServer() {
  const parts = new AsyncDisposableStack();
  const store = createSnapshotStore();
  const serve = (address: string) =>
    store.set(view, [
      ...names.map((name) => encodeResource(cluster(name), sha256Version)),
      ...names.map((name, at) => encodeResource(assignment(name, at === 0 ? address : "10.0.0.1"), sha256Version)),
    ]);
  serve("10.0.0.1");
  const server = createXdsServer({ store, assign: () => ({ view }), listen: [{ address: "127.0.0.1", port: 0 }] });
  await server.start();
  parts.defer(() => server.stop(0));
  const http = createServer((request, response) => {
    serve(request.url?.split("/").at(-1) ?? "");
    response.end();
  });
  http.listen(0, "127.0.0.1");
  await once(http, "listening");
  parts.defer(() => void http.close());
  return {
    port: server.addresses[0]!.port,
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}/change/`,
    [Symbol.asyncDispose]: () => parts.disposeAsync(),
  };
}

test.each(["delta", "sotw"] as const)(
  "every %s stream gets every change, merged or not, and it is told how late",
  async (dialect) => {
    await using server = await startServer();
    const report = await benchPush({
      target: { host: "127.0.0.1", port: server.port },
      streams: 30,
      dialect,
      node: (stream) => benchNode(stream, "shop"),
      trigger: createTrigger(`${server.url}{address}`),
      rate: 200,
      durationMs: 100,
    });
    expect(report).toMatchObject({ streams: 30, resources: 20, changes: 20, missing: 0, ended: 0, since: "trigger" });
    expect(report.connect.count).toBe(30);
    expect(report.push.count).toBe(20 * 30);
    expect(report.push.p50Ms).toBeGreaterThan(0);
    expect(report.push.maxMs).toBeGreaterThanOrEqual(report.push.p99Ms);
    expect(report.octaves.reduce((sum, { count }) => sum + count, 0)).toBe(600);
    expect(formatPushReport(report)).toMatch(/change to receipt +600 /);
  },
);

test("a run can be ended early, and tells what was measured until then", async () => {
  await using server = await startServer();
  const end = new AbortController();
  const trigger = createTrigger(`${server.url}{address}`);
  const report = await benchPush({
    target: { host: "127.0.0.1", port: server.port },
    streams: 3,
    dialect: "delta",
    node: (stream) => benchNode(stream, "shop"),
    trigger: {
      ...trigger,
      async fire(change) {
        await trigger.fire(change);
        if (change === 1) end.abort();
      },
    },
    rate: 20,
    durationMs: 1_000_000,
    served: (streams) => {
      expect(streams).toBe(3);
      return end.signal;
    },
  });
  expect(report).toMatchObject({ streams: 3, ended: 0 });
  expect(report.changes).toBeGreaterThanOrEqual(2);
  expect(report.changes).toBeLessThan(2_000);
});

test("where nothing is triggered, the end of a run does not wait for it", async () => {
  await using server = await startServer();
  const report = await benchPush({
    target: { host: "127.0.0.1", port: server.port },
    streams: 1,
    dialect: "sotw",
    node: (stream) => benchNode(stream, "shop"),
    rate: 1,
    durationMs: 1_000_000,
    served: () => AbortSignal.abort(),
  });
  expect(report).toMatchObject({ changes: 0, responses: 0, missing: 0 });
  expect(formatPushReport(report)).toMatch(/first receipt to receipt +0 +- +- +- +-/);
});

test("a trigger that changes nothing that the streams are sent is suspected", () => {
  const none = { count: 0, p50Ms: 0, p95Ms: 0, p99Ms: 0, maxMs: 0 };
  const report = {
    streams: 3,
    dialect: "delta",
    resources: 2,
    changes: 4,
    responses: 0,
    bytes: 0,
    missing: 12,
  } as const;
  const text = formatPushReport({ ...report, ended: 0, connect: none, since: "trigger", push: none, octaves: [] });
  expect(text).toMatch(/not received, .*: 12\n.*does the trigger change what they subscribe to\?/);
});

test("a server that has nothing for the node is told as such, and so is one without endpoints over xDS", async () => {
  const store = createSnapshotStore();
  await using server = createXdsServer({
    store,
    assign: () => ({ view }),
    listen: [{ address: "127.0.0.1", port: 0 }],
  });
  await server.start();
  const target = { host: "127.0.0.1", port: server.addresses[0]!.port, tls: undefined };
  await expect(endpointNames(target, "sotw", benchNode(0, "shop"), 300)).rejects.toMatchObject({
    code: "unreachable",
    message: expect.stringContaining("sends no clusters in time: has it any for this node (--node)?"),
  });
  store.set(view, [encodeResource(create(ClusterSchema, { name: "fixed" }), sha256Version)]);
  const talk: string[] = [];
  const words = ["bench", "push", "--target", `127.0.0.1:${target.port}`, "--streams", "1", "--duration", "1ms"];
  const terminal = {
    out: () => {},
    talk: (text: string) => void talk.push(text),
    colours: { out: false, talk: false },
  };
  expect(await main(words, [], terminal)).toBe(0);
  expect(talk.join("")).toMatch(/^no cluster has its endpoints over xDS, .*\n1 streams are served/);
});

test("the command prints the histogram, and ends with 1 past --max-p99", async () => {
  await using server = await startServer();
  const target = ["--target", `127.0.0.1:${server.port}`, "--streams", "5", "--resources", "4"];
  const trigger = ["--trigger", `${server.url}{address}`, "--rate", "50", "--duration", "0.1"];
  const out: string[] = [];
  const talk: string[] = [];
  const run = (...args: string[]) =>
    main(["bench", "push", ...target, ...trigger, ...args], [], {
      out: (text) => void out.push(text),
      talk: (text) => void talk.push(text),
      colours: { out: false, talk: false },
    });
  expect(await run("-o", "json", "--max-p99", "60000")).toBe(0);
  const report: PushBenchReport = JSON.parse(out.join(""));
  expect(report).toMatchObject({ resources: 4, changes: 5, missing: 0 });
  expect(talk.join("")).toBe("5 streams are served; 50 changes a second, for 0.1 s (Ctrl-C: until then)\n");
  expect(await run("--max-p99", "0.0001", "--duration", "100ms")).toBe(1);
  expect(talk.join("")).toMatch(/--max-p99 0.0001: p99 is /);
  expect(out.join("")).toMatch(/WHAT +COUNT +P50 +P95 +P99 +MAX/);
});

test("a server that nobody reaches, or that refuses, is told as such", async () => {
  const talk: string[] = [];
  const terminal = {
    out: () => {},
    talk: (text: string) => void talk.push(text),
    colours: { out: false, talk: false },
  };
  expect(await main(["bench", "push", "--target", NOBODY, "--streams", "1"], [], terminal)).toBe(69);
  expect(talk.join("")).toMatch(/nobody answers: connect ECONNREFUSED/);
  expect(await main(["bench", "push", "--target", "nowhere", "--streams", "1"], [], terminal)).toBe(64);
  expect(await main(["bench", "push", "--target", "a:1", "--streams", "none"], [], terminal)).toBe(64);
  for (const duration of ["x", "0", "0s", "-1", "2 weeks"]) {
    const words = ["bench", "push", "--target", "a:1", "--streams", "1", "--duration", duration];
    expect(await main(words, [], terminal), duration).toBe(64);
  }
});
