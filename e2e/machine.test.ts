import { readFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { createStage, loadMesh, loadPlan, type Stage } from "@portolan/sdk";
import { afterAll, beforeAll, expect, test } from "vitest";
import { queryDns } from "./testing/dns-query.ts";
import { describeWithEnvoy } from "./testing/needs-envoy.ts";
import { portolan, portolanCommand } from "./testing/portolan.ts";

const example = join(import.meta.dirname, "..", "examples", "multi-network");
const HOST = "httpbin.bar.global";
const CLUSTER = `outbound|8000||${HOST}`;

/** The example on loopback addresses, looked at with other eyes than those of its own steps. */
describeWithEnvoy("the machine of the example", () => {
  let stage: Stage;
  let gateway: string;
  let data: string;

  beforeAll(async () => {
    stage = await createStage({
      plan: await loadPlan(example),
      mesh: await loadMesh(example),
      self: await portolanCommand(),
      progress: () => undefined,
      ground: "loopback",
    });
    gateway = stage.plan.machine!.gateway;
    data = join(stage.directory, "data");
  });
  afterAll(() => stage?.[Symbol.asyncDispose]());

  /** What its Envoy's admin says of its clusters. */
  async function clustersOf(proxy: string): Promise<string> {
    const bootstrap = await readFile(join(stage.directory, proxy, "bootstrap.json"), "utf8");
    const port = /"admin":.*?"port_?[vV]alue": ?(\d+)/s.exec(bootstrap)?.[1];
    return (await fetch(`http://127.0.0.1:${port}/clusters`)).text();
  }

  test("0.20 proxy-status shows it, and every other proxy, connected and SYNCED", async () => {
    const { out } = await stage.portolan(["proxy-status"]);
    const [header = "", ...rows] = out.trimEnd().split("\n");
    const columns = ["NAME", "CLUSTER", "CDS", "LDS", "EDS", "RDS", "ISTIOD", "VERSION"];
    expect(header.split(/ {2,}/).slice(0, columns.length)).toEqual(columns);
    expect(rows.map((row) => row.split(/ +/)[0]).sort()).toEqual(
      stage.plan.proxies.map(({ name, namespace }) => `${name}.${namespace}`).sort(),
    );
    for (const row of rows) expect(row).not.toMatch(/STALE|NOT SENT/);
    expect(rows.find((row) => row.startsWith("vm-1.vm "))?.match(/SYNCED/g)).toHaveLength(4);
  });

  test("0.22 0.39 a name resolves to a VIP whose upstream is the gateway at 15443, over mutual TLS", async () => {
    const { addresses } = await queryDns(stage.ports().dns!, HOST);
    expect(addresses).toEqual(["127.255.0.3"]);
    const before = await stage.stats("vm-1");
    const answer = await stage.call("vm-1", `http://${HOST}:8000/headers`);
    expect("failure" in answer ? answer.failure : [answer.status, answer.address]).toEqual([200, "127.255.0.3"]);
    const after = await stage.stats("vm-1");
    const grown = (name: string) =>
      (after.get(`cluster.${CLUSTER}.${name}`) ?? 0) - (before.get(`cluster.${CLUSTER}.${name}`) ?? 0);
    expect(grown("ssl.handshake")).toBe(1);
    expect(grown("upstream_cx_total")).toBe(1);
    const clusters = await clustersOf("vm-1");
    const hosts = clusters
      .split("\n")
      .flatMap((line) =>
        line.startsWith(`${CLUSTER}::`) ? (/::(\d+\.\d+\.\d+\.\d+:\d+)::/.exec(line)?.[1] ?? []) : [],
      );
    expect(new Set(hosts)).toEqual(new Set([`${gateway}:15443`]));
  });

  test("0.42 the gateway passes the bytes on without ending the TLS in them", async () => {
    await stage.call("vm-1", `http://${HOST}:8000/headers`);
    const stats = await stage.stats("ingressgateway");
    const of = (pattern: RegExp) => [...stats].filter(([name, value]) => pattern.test(name) && value > 0);
    expect(of(/15443.*(ssl\.handshake|downstream_cx_ssl_total)$/)).toEqual([]);
    expect(of(/^cluster\.outbound_\.8000_\._\.httpbin\.bar\.global\.(ssl\.handshake|upstream_rq_total)$/)).toEqual([]);
    expect(of(/^cluster\.outbound_\.8000_\._\.httpbin\.bar\.global\.upstream_cx_total$/)).toHaveLength(1);
  });

  test("0.17 its Envoy dials the control plane through the gateway", async () => {
    const clusters = await clustersOf("vm-1");
    expect(clusters).toContain(`xds-grpc::${gateway}:15443::`);
    expect(clusters).not.toContain(`::${stage.ports().xds}::`);
  });

  test("0.40 the doctor names the declared ports of a host where another is called", async () => {
    const { out } = await portolan(["doctor", "--data", data, "--call", `${HOST}:8001`]);
    const line = out.split("\n").find((text) => text.includes(`${HOST}:8001`)) ?? out;
    expect(line).toContain("8000");
  });

  test("0.13 0.18 the doctor passes on its certificates and its gateway, and names a gateway that does not answer", async () => {
    const dir = join(stage.directory, "vm-1", "certs");
    const good = await portolan(["doctor", "--dir", dir, "--control-plane", `${gateway}:15443`, "-o", "json"]);
    const steps: { name: string; status: string; detail: string }[] = JSON.parse(good.out);
    expect(steps.filter(({ detail }) => detail.includes(`${gateway}:15443`)).map(({ status }) => status)).not.toContain(
      "failed",
    );
    const silent = await silentPlace();
    const bad = await portolan(["doctor", "--dir", dir, "--control-plane", silent]);
    expect([bad.code, bad.out]).toEqual([1, expect.stringContaining(silent)]);
  });
});

/** A port that was free a moment ago, and on which nobody listens. */
async function silentPlace(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return `127.0.0.1:${port}`;
}
