import { status } from "@grpc/grpc-js";
import { register } from "@grpc/grpc-js-xds";
import { createSnapshotStore, createXdsServer, type EncodedResource, viewId } from "@portolan/xds";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { until } from "../testing/until.ts";
import { assignment, edsCluster } from "../xds/resources.ts";
import { apiListener, type EchoRoute, echoRoutes } from "./api-listener.ts";
import { type Backend, createEchoClient, startBackend } from "./backend.ts";

/** The second client that speaks xDS besides Envoy: gRPC without a proxy, state of the world, by names. */
register();

const view = viewId("grpc");
const store = createSnapshotStore();
const rejections: string[] = [];
const server = createXdsServer({ store, assign: () => ({ view }), listen: [{ address: "127.0.0.1", port: 0 }] });
server.onReport((report) => {
  if (report.kind === "nack") rejections.push(report.message);
});
const backends: Record<string, Backend> = {};
const everywhere: EchoRoute = { match: { prefix: "" }, to: { main: 1 } };
let cleanup: Disposable[] = [];

beforeAll(async () => {
  await server.start();
  for (const name of ["a", "b", "c"]) backends[name] = await startBackend(name);
});

afterEach(() => {
  for (const one of cleanup) one[Symbol.dispose]();
  cleanup = [];
  expect(rejections).toEqual([]);
});

afterAll(async () => {
  await server.stop(0);
  for (const backend of Object.values(backends)) await backend[Symbol.asyncDispose]();
});

function cluster(name: string, members: readonly string[]): EncodedResource[] {
  const places = members.flatMap((member) => backends[member]?.place ?? []);
  return [edsCluster(name), assignment(name, places)];
}

/** One service under that name, and a client of it. */
function serve(name: string, routes: readonly EchoRoute[], clusters: Readonly<Record<string, readonly string[]>>) {
  store.set(view, [
    apiListener(name, `routes-of-${name}`),
    echoRoutes(`routes-of-${name}`, name, routes),
    ...Object.entries(clusters).flatMap(([each, members]) => cluster(each, members)),
  ]);
}

function client(name: string) {
  const made = createEchoClient(name, server.addresses[0]?.port ?? 0);
  cleanup.push(made);
  return made;
}

async function count(calls: number, who: () => Promise<string>): Promise<Record<string, number>> {
  const counted: Record<string, number> = {};
  for (let call = 0; call < calls; call++) {
    const name = await who();
    counted[name] = (counted[name] ?? 0) + 1;
  }
  return counted;
}

test("ping: a call by name reaches the backend", async () => {
  serve("ping", [everywhere], { main: ["a"] });
  expect(await client("ping").who()).toBe("a");
});

test("round robin: the endpoints of a cluster take turns", async () => {
  serve("turns", [everywhere], { main: ["a", "b", "c"] });
  const { who } = client("turns");
  await until("all are connected", async () => Object.keys(await count(6, who)).length === 3);
  expect(await count(30, who)).toEqual({ a: 10, b: 10, c: 10 });
});

test("backend change: calls follow the endpoints, and none fails meanwhile", async () => {
  serve("change", [everywhere], { main: ["a"] });
  const { who } = client("change");
  expect(await who()).toBe("a");
  for (const next of ["b", "c", "a"]) {
    serve("change", [everywhere], { main: [next] });
    await until(`${next} answers`, async () => (await who()) === next);
    expect(await count(5, who)).toEqual({ [next]: 5 });
  }
});

test("cluster change: calls follow the route to a new cluster, and none fails meanwhile", async () => {
  serve("clusters", [everywhere], { main: ["a"] });
  const { who } = client("clusters");
  expect(await who()).toBe("a");
  serve("clusters", [{ match: { prefix: "" }, to: { second: 1 } }], { second: ["b"] });
  await until("the new cluster answers", async () => (await who()) === "b");
});

test("traffic split: weights are kept", async () => {
  serve("split", [{ match: { prefix: "" }, to: { main: 25, second: 75 } }], { main: ["a"], second: ["b"] });
  const counted = await count(400, client("split").who);
  // A quarter of 400, give or take more than five standard deviations.
  expect(counted.a).toBeGreaterThan(50);
  expect(counted.a).toBeLessThan(150);
  expect(counted).toEqual({ a: counted.a, b: 400 - (counted.a ?? 0) });
});

test("path match: the first route that matches counts, by path, by prefix, by pattern", async () => {
  const other = { match: { path: "/e2e.Echo/Other" }, to: { second: 1 } };
  serve("paths", [other, everywhere], { main: ["a"], second: ["b"] });
  const { who } = client("paths");
  expect([await who("/e2e.Echo/Who"), await who("/e2e.Echo/Other")]).toEqual(["a", "b"]);
  const prefix = { match: { prefix: "/e2e.Echo/W" }, to: { second: 1 } };
  serve("paths", [prefix, everywhere], { main: ["a"], second: ["b"] });
  await until("the prefix counts", async () => (await who("/e2e.Echo/Who")) === "b");
  expect(await who("/e2e.Echo/Other")).toBe("a");
});

test("a listener that is removed ends the service, and one that comes back brings it back", async () => {
  serve("gone", [everywhere], { main: ["a"] });
  const { who } = client("gone");
  expect(await who()).toBe("a");
  store.set(view, []);
  await until("calls fail", () =>
    who().then(
      () => false,
      ({ code }) => code === status.UNAVAILABLE,
    ),
  );
  // Another content: this client (1.14.1) tells its watchers nothing of one that comes back as it was.
  store.set(view, [
    apiListener("gone", "others"),
    echoRoutes("others", "gone", [{ match: { prefix: "" }, to: { second: 1 } }]),
    ...cluster("second", ["b"]),
  ]);
  await until("calls are answered again", async () => (await who()) === "b");
});
