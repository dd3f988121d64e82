import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { createDnsServer } from "@portolan/dns";
import { expect, test } from "vitest";
import { temporaryFolder } from "../testing/temporary-folder.ts";
import { serveApplication } from "./application.ts";
import { call, callTimes } from "./call.ts";
import { runChild, startChild } from "./child.ts";
import { findExample } from "./examples.ts";
import { expandPlan, expandText } from "./expand.ts";
import { loadMesh, loadPlan } from "./load.ts";
import { createNameMemory } from "./name-memory.ts";
import type { DemoPlan } from "./plan.ts";
import { reach } from "./reach.ts";
import { parseStats } from "./stats.ts";
import { writeMesh } from "./write-mesh.ts";

/** As it stands in a file. */
const variable = (name: string) => `$\{${name}}`;
const [gateway, nobody] = [variable("GATEWAY"), variable("NOBODY")];

const plan: DemoPlan = {
  title: `${nobody} is shown`,
  variables: new Map([["GATEWAY", { isolated: "192.0.2.1", loopback: "127.0.0.9" }]]),
  machine: { address: gateway, gateway },
  proxies: [],
  applications: [],
  steps: [{ kind: "call", from: "a", url: `http://${gateway}:${nobody}/` }],
};

test("variables are put in their places by the ground; unknown ones stay, to be refused where they are read", () => {
  const text = `${gateway} ${nobody} $GATEWAY ${variable("")}`;
  expect(expandText(text, plan, "isolated")).toBe(`192.0.2.1 ${nobody} $GATEWAY ${variable("")}`);
  const expanded = expandPlan(plan, "loopback");
  expect(expanded.machine).toEqual({ address: "127.0.0.9", gateway: "127.0.0.9" });
  expect(expanded.steps).toEqual([{ kind: "call", from: "a", url: `http://127.0.0.9:${nobody}/` }]);
  expect([expanded.title, expanded.variables]).toEqual([plan.title, plan.variables]);
});

test("a plan gets defaults for what it leaves out", async () => {
  await using folder = await temporaryFolder();
  await folder.write(
    "demo.yaml",
    "proxies:\n- {name: a, role: sidecar}\n- {name: b, inboundPorts: '*', machine: true, serviceAccount: till}\napplications:\n- {name: c}\nsteps:\n- {kind: accepted}\n",
  );
  const loaded = await loadPlan(folder.path);
  expect(loaded).toEqual({
    title: folder.path,
    variables: new Map(),
    machine: undefined,
    proxies: [
      { name: "a", role: "sidecar", serviceAccount: "default", labels: {}, inboundPorts: "", machine: false },
      { name: "b", serviceAccount: "till", labels: {}, inboundPorts: "*", machine: true },
    ],
    applications: [{ name: "c", page: "headers", machine: false }],
    steps: [{ kind: "accepted" }],
  });
});

test.each([
  ["steps: [a", "bad-data", /demo\.yaml:1:\d+: /],
  ["", "bad-data", /a plan is a mapping/],
  ["- a list", "bad-data", /a plan is a mapping/],
  ["steps: {kind: call}", "bad-data", /steps is a list of mappings/],
  ["proxies: [a]", "bad-data", /proxies is a list of mappings/],
  ["steps: [{kind: dance}]", "bad-data", /"dance" is no kind: use resolve, /],
])("the plan %j is refused", async (text, code, says) => {
  await using folder = await temporaryFolder();
  await folder.write("demo.yaml", text);
  await expect(loadPlan(folder.path)).rejects.toMatchObject({ code, message: expect.stringMatching(says) });
});

test("a folder that is no example says what one is", async () => {
  await using folder = await temporaryFolder();
  for (const load of [loadPlan, loadMesh]) {
    await expect(load(folder.path)).rejects.toMatchObject({
      code: "usage",
      message: expect.stringContaining("demo.yaml and mesh/"),
    });
  }
});

test("every embedded example is found by its name, and has a plan and a mesh; none named: the first", async () => {
  const first = await findExample(undefined);
  const names = (await readdir(join(first, ".."), { withFileTypes: true }))
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort();
  expect(first.endsWith(names[0] ?? "none")).toBe(true);
  for (const name of names) {
    const found = await findExample(name);
    expect((await loadPlan(found)).steps.length).toBeGreaterThan(0);
    expect((await loadMesh(found)).size).toBeGreaterThan(0);
  }
  expect(await findExample("./some/folder")).toBe("./some/folder");
  expect(await findExample("/some/folder")).toBe("/some/folder");
  await expect(findExample("nobody")).rejects.toMatchObject({
    code: "usage",
    message: expect.stringContaining(names[0] ?? "none"),
  });
  await expect(findExample("..")).resolves.toBe("..");
});

test("a mesh is written so that what is the same is not touched, and what is too much is gone", async () => {
  await using folder = await temporaryFolder();
  const mesh = join(folder.path, "mesh");
  await writeMesh(mesh, [
    ["a.yaml", "a"],
    ["b.yaml", "b"],
  ]);
  const before = await stat(join(mesh, "a.yaml"), { bigint: true });
  await writeMesh(mesh, [
    ["a.yaml", "a"],
    ["c.yaml", "c"],
  ]);
  const after = await stat(join(mesh, "a.yaml"), { bigint: true });
  expect([after.ino, after.mtimeNs]).toEqual([before.ino, before.mtimeNs]);
  expect((await readdir(mesh)).sort()).toEqual(["a.yaml", "c.yaml"]);
  expect(await readFile(join(mesh, "c.yaml"), "utf8")).toBe("c");
});

test("Envoy's statistics are read by name; histograms and texts are left out", () => {
  const text =
    "cluster.outbound|8000||a.b.c.upstream_cx_total: 12\nserver.state: 0\nserver.version: x\nh: P0(nan,1) P25(nan,2)\n\nlistener.[__1]_15006.x: 3\nbad:\n";
  expect([...parseStats(text)]).toEqual([
    ["cluster.outbound|8000||a.b.c.upstream_cx_total", 12],
    ["server.state", 0],
    ["listener.[__1]_15006.x", 3],
  ]);
});

test("a name keeps its last address while the DNS server is away, and loses it when it is gone", async () => {
  const records = [{ name: "a.global", type: "A", address: "127.255.0.9" }] as const;
  const dns = createDnsServer({ records, listen: { port: 0 } });
  await dns.start();
  const place = `127.0.0.1:${dns.address?.port}`;
  const resolve = createNameMemory(() => place);
  const found = await resolve("a.global").catch((error: Error) => error.message);
  expect(found).toBe("127.255.0.9");
  await expect(resolve("b.global")).rejects.toThrow(/NXDOMAIN by the DNS server at 127\.0\.0\.1/);
  dns.updateRecords(new Map([["a.global", []]]));
  await expect(resolve("a.global")).rejects.toThrow(/NXDOMAIN/);
  dns.updateRecords(new Map([["a.global", records]]));
  expect(await resolve("a.global")).toBe("127.255.0.9");
  const forgetful = createNameMemory(() => place);
  await forgetful("a.global");
  dns.updateRecords(new Map([["a.global", []]]));
  await expect(forgetful("a.global")).rejects.toThrow(/NXDOMAIN/);
  await dns.stop();
  expect(await resolve("a.global")).toBe("127.255.0.9");
  await expect(forgetful("a.global")).rejects.not.toThrow(/NXDOMAIN/);
  await expect(resolve("b.global")).rejects.toThrow();
});

test("applications answer with their name and what they were asked; calls bring back the answer or the reason", async () => {
  await using headers = await serveApplication({ name: "a", address: "127.0.0.1", port: 0, page: "headers" });
  await using listing = await serveApplication({ name: "b", address: "127.0.0.1", port: 0, page: "listing" });
  const url = (port: number) => `http://a.example:${port}/path?q=1`;
  const resolve = async () => "127.0.0.1";
  const first = await call({ url: url(headers.port), resolve });
  if ("failure" in first) throw new Error(first.failure);
  expect([first.status, first.headers["x-application"], first.address]).toEqual([200, "a", "127.0.0.1"]);
  expect(JSON.parse(first.body)).toMatchObject({
    application: "a",
    url: "/path?q=1",
    headers: { host: `a.example:${headers.port}` },
  });
  const second = await call({ url: `http://127.0.0.1:${listing.port}/`, host: "b.example" });
  expect("failure" in second ? second.failure : second.body).toContain("Directory listing for /");
  expect(await callTimes({ url: url(headers.port), resolve }, 3)).toHaveLength(3);

  const refused = async () => Promise.reject(new Error("no such name"));
  expect(await call({ url: "http://nobody.example/", resolve: refused })).toEqual({
    failure: "nobody.example does not resolve: no such name",
    address: "",
  });
  const there = `127.0.0.1:${headers.port}`;
  expect(await reach(there)).toEqual({ target: there, open: true, reason: "" });
  // Nobody listens there, nor is given it: a port that was free a moment ago may be anyone's by now.
  const nobody = "127.0.0.1:1";
  expect(await call({ url: `http://${nobody}/` })).toMatchObject({ failure: expect.stringContaining("ECONNREFUSED") });
  expect(await reach(nobody)).toEqual({ target: nobody, open: false, reason: "ECONNREFUSED" });
});

test("children are ended, and one that cannot be started is no hang", async () => {
  await using folder = await temporaryFolder();
  const log = join(folder.path, "log");
  const child = startChild([process.execPath, "-e", "console.log('here'); setInterval(() => {}, 1000)"], log);
  await child.stop();
  await child.stop();
  expect(await child.exited).toBeNull();
  const missing = startChild(["/nonexistent/program"], log);
  expect(await missing.exited).toBeNull();
  await missing.stop();
  expect(await readFile(log, "utf8")).toContain("/nonexistent/program");
  expect(
    await runChild([process.execPath, "-e", "console.log('out'); console.error('err'); process.exitCode = 3"]),
  ).toEqual({ code: 3, out: "out\n", err: "err\n" });
  expect(await runChild(["/nonexistent/program"])).toMatchObject({
    code: null,
    err: expect.stringContaining("ENOENT"),
  });
});
