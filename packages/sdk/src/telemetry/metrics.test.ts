import { afterAll, beforeAll, expect, test } from "vitest";
import { type ControlPlane, createControlPlane } from "../control-plane/control-plane.ts";
import { parseListenAddress } from "../listen-address.ts";
import { openDelta, sidecarOf } from "../testing/delta-client.ts";
import { followChannel } from "../testing/follow-channel.ts";
import { entry } from "../testing/manifests.ts";
import { ask } from "../testing/request.ts";
import { until } from "../testing/until.ts";

const local = () => parseListenAddress("127.0.0.1:0", "test");

let mesh: ControlPlane;

beforeAll(async () => {
  mesh = await createControlPlane({ xdsPlaintext: local(), admin: undefined });
});
afterAll(() => mesh?.stop());

/** Samples by name and labels, of a control plane. */
async function samples(of = mesh): Promise<ReadonlyMap<string, number>> {
  const { text } = await ask(of.adminSocket, "/metrics");
  const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return new Map(
    lines.map((line) => [line.slice(0, line.lastIndexOf(" ")), Number(line.slice(line.lastIndexOf(" ") + 1))]),
  );
}
const sample = async (name: string) => (await samples()).get(name);
const connect = (name: string, answers: "ack" | "nack" | "hold") =>
  openDelta({ target: mesh.listening.xdsPlaintext ?? "", answers, ...sidecarOf(name, "shop") });
const apply = (text: string) => ask(mesh.adminSocket, "/api/v1/apply", { method: "POST", body: text });

test("the exposition is well formed: every sample has one HELP and TYPE before it", async () => {
  const { text, headers } = await ask(mesh.adminSocket, "/metrics");
  expect(headers["content-type"]).toMatch(/^text\/plain; version=0\.0\.4/);
  const types = new Map<string, string>();
  for (const line of text.split("\n").filter((one) => one !== "")) {
    const [, kind, name = "", type = ""] = /^# (HELP|TYPE) (\S+) (.+)$/.exec(line) ?? [];
    if (kind === "TYPE") {
      expect(types.has(name), name).toBe(false);
      types.set(name, type);
    } else if (kind === undefined) {
      const sampled = /^([a-zA-Z_:][\w:]*)(\{(?:[a-z_]+="(?:[^"\\\n]|\\.)*",?)*\})? \S+$/.exec(line)?.[1] ?? line;
      expect(types.has(sampled) || types.has(sampled.replace(/_(bucket|sum|count)$/, "")), line).toBe(true);
    }
  }
});

test("streams, pushes, rejections and acknowledgements are counted under istiod's names, by type", async () => {
  await until("nobody is there", async () => (await sample("pilot_xds")) === 0);
  const before = await samples();
  const more = async (name: string) => ((await sample(name)) ?? 0) - (before.get(name) ?? 0);
  {
    using client = connect("till", "ack");
    client.subscribe("cluster");
    await until("it is pushed and acknowledged", async () => (await more("pilot_proxy_convergence_time_count")) > 0);
    expect(await sample("pilot_xds")).toBe(1);
    expect(await more('pilot_xds_pushes{type="cds"}')).toBe(1);
    expect(await more('pilot_xds_config_size_bytes_count{type="cds"}')).toBe(1);
    expect(await sample('pilot_proxy_convergence_time_bucket{le="0.1"}')).toBeDefined();
    using bad = connect("bad", "nack");
    bad.subscribe("cluster");
    await until("it is rejected", async () => (await more('pilot_total_xds_rejects{type="cds"}')) > 0);
    expect(await sample("pilot_xds")).toBe(2);
  }
  await until("the streams are closed", async () => (await sample("pilot_xds")) === 0);
});

test("how long a change takes to be pushed is told by type, in istiod's buckets", async () => {
  await using own = await createControlPlane({ xdsPlaintext: local(), dns: undefined, admin: undefined });
  using client = openDelta({ target: own.listening.xdsPlaintext ?? "", ...sidecarOf("till", "shop") });
  client.subscribe("cluster");
  await until("it is served", () => client.responses.length > 0);
  const timed = async () => (await samples(own)).get('pilot_xds_push_time_count{type="cds"}') ?? 0;
  let at = 0;
  // A machine that stands still between a change and its push has that change left out.
  await until("a change was pushed and timed", async () => {
    await ask(own.adminSocket, "/api/v1/apply", { method: "POST", body: entry(`timed-${at++}`) });
    return (await timed()) > 0;
  });
  const { text } = await ask(own.adminSocket, "/metrics");
  const found = [...text.matchAll(/^pilot_xds_push_time_bucket\{(?=.*type="cds").*le="([^"]+)"/gm)].map(([, le]) => le);
  expect(found).toEqual(["0.01", "0.1", "1", "3", "5", "10", "20", "30", "+Inf"]);
});

test("P-25 how long answers have been owed is told by type, until they come", async () => {
  const owed = () => sample('portolan_xds_unanswered_seconds{type="cds"}');
  expect(await owed()).toBeUndefined();
  using client = connect("slow", "hold");
  client.subscribe("cluster");
  const before = await until("it is sent clusters", owed);
  await until("time goes on", async () => ((await owed()) ?? 0) > before);
  client.release();
  await until("it answers", async () => (await owed()) === undefined);
});

test("rule 8 a response that is too large and cannot be split is counted, and told once", async () => {
  using warnings = followChannel<{ text: string }>("portolan:sdk:warning");
  await using small = await createControlPlane({
    xdsPlaintext: local(),
    admin: undefined,
    xdsLimits: { maxResponseBytes: 100 },
  });
  await ask(small.adminSocket, "/api/v1/apply", { method: "POST", body: entry("reviews") });
  const large = async () => (await samples(small)).get('portolan_xds_oversize_responses{type="cds"}');
  for (const [at, name] of ["till", "desk"].entries()) {
    using client = openDelta({
      target: small.listening.xdsPlaintext ?? "",
      answers: "ack",
      ...sidecarOf(name, "shop"),
    });
    client.subscribe("cluster");
    await until("it is counted", async () => ((await large()) ?? 0) > at);
  }
  const told = warnings.messages.filter(({ text }) => text.includes("cannot be split"));
  expect(told).toHaveLength(1);
  expect(told[0]?.text).toMatch(/CDS to .*till.* has \d{3,} bytes/);
});

test("what makes the server push is counted by Istio's reasons", async () => {
  const triggers = async () => {
    const found = [...(await samples())].filter(([name]) => name.startsWith("pilot_push_triggers{"));
    return new Map(found.map(([name, count]) => [/type="(.*)"/.exec(name)?.[1] ?? "", count]));
  };
  const grownBy = async (text: string) => {
    const before = await triggers();
    expect((await apply(text)).status).toBe(200);
    return [...(await triggers())].flatMap(([type, count]) => (count > (before.get(type) ?? 0) ? [type] : [])).sort();
  };
  const rule = "apiVersion: networking.istio.io/v1\nkind: DestinationRule\nmetadata: {name: r, namespace: shop}\n";
  const settings = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: istio, namespace: istio-system}\ndata:\n";
  expect(await grownBy(entry("reviews"))).toEqual(["endpoint", "service"]);
  expect(await grownBy(entry("reviews").replace("127.9.9.9", "127.9.9.8"))).toEqual(["endpoint"]);
  expect(await grownBy(`${rule}spec: {host: reviews.shop.global}\n`)).toEqual(["config"]);
  expect(await grownBy(`${settings}  mesh: |\n    portolan: {serviceCidrs: [10.0.0.0/8]}\n`)).toContain("global");
  const networks = "  meshNetworks: |\n    networks: {near: {endpoints: [{fromCidr: 10.1.0.0/16}]}}\n";
  expect(await grownBy(settings + networks)).toContain("networks");
  expect(await sample("portolan_revision")).toBe(mesh.snapshot.revision);
  expect(await sample("pilot_services")).toBe(1);
});

test("the authority's certificates and their ends are told under citadel's names", async () => {
  const found = await samples();
  expect(found.get("citadel_server_success_cert_issuance_count")).toBeGreaterThanOrEqual(1);
  expect(found.get("citadel_server_csr_sign_err_count")).toBe(0);
  const end = found.get("citadel_server_root_cert_expiry_timestamp") ?? 0;
  expect(end * 1000).toBeGreaterThan(Date.now());
  expect(found.get("citadel_server_cert_chain_expiry_timestamp")).toBe(end);
  expect(found.get("citadel_server_root_cert_expiry_seconds")).toBeLessThanOrEqual(end - Date.now() / 1000 + 60);
});

test("S-18 any number of nodes makes no more series", async () => {
  // Node's own have series for kinds of garbage collections, which come when they like.
  const ours = (found: ReadonlyMap<string, number>) => [...found.keys()].filter((name) => !name.startsWith("nodejs_"));
  const before = ours(await samples()).length;
  for (let at = 0; at < 30; at++) {
    using client = connect(`node-${at}`, at % 2 === 0 ? "ack" : "nack");
    client.subscribe("cluster");
    client.subscribe("listener");
    await until("it is answered", () => client.responses.length > 1 || client.failure() !== undefined);
  }
  const after = ours(await samples());
  // Types that were not counted before add theirs; nodes add none.
  expect(after.length - before).toBeLessThan(25);
  expect(after.filter((name) => /node-|127\.8\.8\.8/.test(name))).toEqual([]);
});

test("two control planes of one process count their own", async () => {
  await using other = await createControlPlane({ dns: undefined, admin: undefined });
  using client = connect("till", "ack");
  client.subscribe("cluster");
  await until("it is connected", async () => (await sample("pilot_xds")) === 1);
  expect((await samples(other)).get("pilot_xds")).toBe(0);
  expect((await samples(other)).get("pilot_services")).toBe(0);
});
