import { dirname } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { ListedProxy } from "../admin/proxies.ts";
import { parseListenAddress } from "../listen-address.ts";
import { openDelta, sidecarOf } from "../testing/delta-client.ts";
import { entry } from "../testing/manifests.ts";
import { ask } from "../testing/request.ts";
import { runMain } from "../testing/run-main.ts";
import { until } from "../testing/until.ts";
import { type ControlPlane, createControlPlane } from "./control-plane.ts";

let mesh: ControlPlane;

beforeAll(async () => {
  mesh = await createControlPlane({ dns: undefined, xdsPlaintext: parseListenAddress("127.0.0.1:0", "test") });
});
afterAll(() => mesh?.stop());

const apply = async (text: string): Promise<number> => {
  const { json } = await ask(mesh.adminSocket, "/api/v1/apply", { method: "POST", body: text });
  return (json() as { revision: number }).revision;
};
const connect = (name: string, answers: "ack" | "nack" | "hold") =>
  openDelta({ target: mesh.listening.xdsPlaintext ?? "", answers, ...sidecarOf(name, "shop") });
const proxies = async () =>
  ((await ask(mesh.adminSocket, "/api/v1/proxies")).json() as { proxies: ListedProxy[] }).proxies;
const allGone = () => until("streams are closed", async () => (await proxies()).length === 0);

test("without proxies a published revision is applied, and a later one is waited for", async () => {
  await allGone();
  const { revision } = mesh.snapshot;
  expect(await mesh.applied()).toEqual({ applied: true, revision, waiting: [] });
  expect(await mesh.applied({ revision: revision + 1, timeoutMs: 0 })).toEqual({
    applied: false,
    revision: revision + 1,
    waiting: [],
  });
  const later = mesh.applied({ revision: revision + 1 });
  await apply(entry("later"));
  expect(await later).toEqual({ applied: true, revision: revision + 1, waiting: [] });
});

test("a revision is applied when the proxy has acknowledged it, and not before", async () => {
  using client = connect("till", "hold");
  client.subscribe("cluster");
  await until("clusters arrive", () => client.responses.length > 0);
  const revision = await apply(entry("reviews"));
  expect(await mesh.applied({ timeoutMs: 0 })).toEqual({
    applied: false,
    revision,
    waiting: [sidecarOf("till", "shop").id],
    reasons: [expect.stringMatching(/^CDS was sent \d+\.\d s ago and is not acknowledged$/)],
  });
  const applied = mesh.applied();
  client.release();
  expect(await applied).toEqual({ applied: true, revision, waiting: [] });
  expect(client.responses.length).toBeGreaterThan(1);
});

test("what does not concern a proxy is applied at once, without anything being sent", async () => {
  await allGone();
  using client = connect("till", "ack");
  client.subscribe("cluster");
  await until("the proxy is in sync", async () => (await proxies()).some(({ synced }) => synced));
  const sent = client.responses.length;
  const revision = await apply(entry("hidden", { namespace: "bank" }).replace("spec:", "spec:\n  exportTo: ['.']"));
  expect(await mesh.applied()).toEqual({ applied: true, revision, waiting: [] });
  expect(client.responses.length).toBe(sent);
});

test("with worker threads: when all of them have, on whichever thread, and at once where none is concerned", async () => {
  const xdsPlaintext = parseListenAddress("127.0.0.1:0", "test");
  await using threaded = await createControlPlane({ dns: undefined, xdsPlaintext, workers: 2 });
  const target = threaded.listening.xdsPlaintext ?? "";
  const say = (body: string) => ask(threaded.adminSocket, "/api/v1/apply", { method: "POST", body });
  await using clients = new AsyncDisposableStack();
  const names = Array.from({ length: 8 }, (_, at) => `till-${at}`);
  const late = names.map((name) => clients.use(openDelta({ target, answers: "hold", ...sidecarOf(name, "shop") })));
  for (const client of late) client.subscribe("cluster");
  await until("clusters arrive", () => late.every(({ responses }) => responses.length > 0));
  await say(entry("reviews"));
  const behind = (await threaded.applied({ timeoutMs: 0 })).waiting;
  expect([...behind].sort()).toEqual(names.map((name) => sidecarOf(name, "shop").id));
  for (const client of late.slice(1)) client.release();
  await until("the others are done", async () => (await threaded.applied({ timeoutMs: 0 })).waiting.length === 1);
  const applied = threaded.applied();
  late[0]?.release();
  expect(await applied).toMatchObject({ applied: true, waiting: [] });
  const sent = late.map(({ responses }) => responses.length);
  await say(entry("hidden", { namespace: "bank" }).replace("spec:", "spec:\n  exportTo: ['.']"));
  expect(await threaded.applied()).toMatchObject({ applied: true, waiting: [] });
  expect(late.map(({ responses }) => responses.length)).toEqual(sent);
});

test("a rejection is an answer: the revision is applied, and the status tells of it", async () => {
  await allGone();
  await apply(entry("rejected"));
  // A node of its own: what it rejected is not sent to it again.
  using client = connect("refuser", "nack");
  client.subscribe("cluster");
  await until("the rejection is known", async () => (await proxies()).some(({ rejections }) => rejections.length > 0));
  const [proxy] = await proxies();
  expect(proxy?.synced).toBe(false);
  expect(proxy?.rejections.join()).toContain("not\\u000athis");
  const { id } = sidecarOf("refuser", "shop");
  expect(await mesh.applied()).toMatchObject({
    applied: true,
    rejected: [{ proxy: id, reason: expect.stringMatching(/^CDS .* was rejected: .*not\\u000athis/) }],
  });
  const waiting = ["wait", "--for", "applied", "--data", dirname(mesh.adminSocket)];
  expect(await runMain(waiting)).toMatchObject({
    code: 0,
    out: expect.stringMatching(/^revision \d+ is applied, but for what was rejected\n$/),
    err: expect.stringMatching(/^warning: refuser\.shop does not have everything: CDS /),
  });
  expect(await runMain([...waiting, "--fail-on-rejected"])).toMatchObject({
    code: 1,
    out: "",
    err: expect.stringMatching(/\nerror: revision \d+ is answered by all, and not accepted by refuser\.shop\n$/),
  });
});

test("one proxy is waited for by its name, connected or not", async () => {
  await allGone();
  const missing = await mesh.applied({ proxy: "till", timeoutMs: 0 });
  expect(missing).toMatchObject({ applied: false, waiting: ["till"] });
  const waited = mesh.applied({ proxy: "till.shop" });
  using slow = connect("slow", "hold");
  slow.subscribe("cluster");
  using client = connect("till", "ack");
  client.subscribe("cluster");
  expect(await waited).toMatchObject({ applied: true, waiting: [] });
  await until("the slow one was sent something", () => slow.responses.length > 0);
  await apply(entry("more"));
  expect(await mesh.applied({ timeoutMs: 0 })).toMatchObject({ applied: false });
  expect(await mesh.applied({ proxy: sidecarOf("till", "shop").id })).toMatchObject({ applied: true });
});

test("several proxies are waited for by their names, and each that is late is told with its reason", async () => {
  await allGone();
  using slow = connect("slow", "hold");
  slow.subscribe("cluster");
  using client = connect("till", "ack");
  client.subscribe("cluster");
  await until("the slow one was sent something", () => slow.responses.length > 0);
  const late = await mesh.applied({ proxies: ["till", "slow", "nobody"], timeoutMs: 0 });
  expect(late.waiting).toContain("nobody");
  expect(late.waiting).toContain(sidecarOf("slow", "shop").id);
  expect(late.reasons?.[late.waiting.indexOf("nobody")]).toBe("it is not connected");
  slow.release();
  expect(await mesh.applied({ proxies: ["till", "slow"] })).toMatchObject({ applied: true, waiting: [] });
});

test("a wait ends where its signal is aborted", async () => {
  const waited = mesh.applied({ proxy: "nobody", signal: AbortSignal.abort() });
  expect(await waited).toMatchObject({ applied: false, waiting: ["nobody"] });
});

test("portolan wait --for applied tells what came of it", async () => {
  await allGone();
  const data = ["--data", dirname(mesh.adminSocket)];
  const { revision } = mesh.snapshot;
  expect(await runMain(["wait", "--for", "applied", ...data])).toEqual({
    code: 0,
    out: `revision ${revision} is applied\n`,
    err: "",
  });
  const late = await runMain(["wait", "--for=applied", "--proxy", "nobody", "--timeout", "1ms", ...data]);
  expect(late).toEqual({
    code: 1,
    out: "",
    err: `error: revision ${revision} is not applied after 1ms: not by nobody (it is not connected)\n`,
  });
  const unpublished = await runMain([
    "wait",
    "--for=applied",
    "--revision",
    String(revision + 1),
    "--timeout",
    "0s",
    ...data,
  ]);
  expect([unpublished.code, unpublished.err]).toEqual([1, expect.stringContaining("it is not published")]);
  for (const words of [
    ["wait"],
    ["wait", "--for", "ready"],
    ["wait", "--for=applied", "--revision", "x"],
    ["wait", "--for=applied", "--timeout", "soon"],
  ]) {
    expect((await runMain([...words, ...data])).code, words.join(" ")).toBe(64);
  }
});

test.each(["revision=x", "revision=-1", "timeoutMs=soon", "timeoutMs=600001"])(
  "the route refuses %s",
  async (query) => {
    expect((await ask(mesh.adminSocket, `/api/v1/applied?${query}`)).status).toBe(400);
  },
);

test("proxy-status lists them in istioctl's columns", async () => {
  await allGone();
  using client = connect("counter", "ack");
  client.subscribe("cluster");
  await until("the proxy is in sync", async () => (await proxies()).some(({ synced }) => synced));
  const data = ["--data", dirname(mesh.adminSocket)];
  const { out } = await runMain(["ps", ...data]);
  const [header = "", row = ""] = out.split("\n");
  expect(header.split(/ {2,}/)).toEqual([
    "NAME",
    "CLUSTER",
    "CDS",
    "LDS",
    "EDS",
    "RDS",
    "ISTIOD",
    "VERSION",
    "LAST ACK",
    "NACK",
  ]);
  expect(row.split(/ {2,}/)).toEqual([
    "counter.shop",
    "-",
    "SYNCED",
    "IGNORED",
    "IGNORED",
    "IGNORED",
    "portolan",
    expect.stringMatching(/^\d+\.\d+\.\d+/),
    expect.stringMatching(/^\d+s$/),
    "-",
  ]);
  const compact = await runMain(["proxy-status", "--compact", ...data]);
  expect(compact.out).toMatch(/SUBSCRIBED TYPES/);
  expect(compact.out).toContain("1 (CDS)");
  const json = await runMain(["proxy-status", "-o", "json", ...data]);
  expect(JSON.parse(json.out)).toEqual([
    expect.objectContaining({ name: "counter", namespace: "shop", identity: "claimed (plaintext)" }),
  ]);
});
