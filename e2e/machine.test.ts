import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { call, callerOf } from "./testing/call.ts";
import { queryDns } from "./testing/dns-query.ts";
import { type RunningExample, readExample, startExample } from "./testing/example.ts";
import { freePort } from "./testing/free-port.ts";
import { describeWithEnvoy } from "./testing/needs-envoy.ts";
import { portolanCommand, run } from "./testing/portolan.ts";
import { until } from "./testing/until.ts";

const HOST = "httpbin.bar.global";
const VIP = "127.255.0.3";
const CLUSTER = `outbound|8000||${HOST}`;

/** The example on loopback addresses, put together by the commands of the CLI, and looked at by more than its own steps. */
describeWithEnvoy("the machine of the example", async () => {
  const { plan, expand } = await readExample("multi-network", "loopback");
  const gateway = `${expand(plan.machine!.gateway)}:15443`;
  let example: RunningExample;

  beforeAll(async () => {
    example = await startExample("multi-network");
  });
  afterAll(() => example?.[Symbol.asyncDispose]());

  const clustersOf = async (proxy: string) => (await example.proxy(proxy).envoy.admin("/clusters")).body;

  test("0.20 proxy-status shows it, and every other proxy, connected and SYNCED", async () => {
    const out = await example.server.output(["proxy-status"]);
    const [header = "", ...rows] = out.trimEnd().split("\n");
    const columns = ["NAME", "CLUSTER", "CDS", "LDS", "EDS", "RDS", "ISTIOD", "VERSION"];
    expect(header.split(/ {2,}/).slice(0, columns.length)).toEqual(columns);
    const names = plan.proxies.map(({ name, namespace }) => `${name}.${namespace}`);
    expect(rows.map((row) => row.split(/ +/)[0]).sort()).toEqual(names.sort());
    for (const row of rows) expect(row).not.toMatch(/STALE|NOT SENT/);
    expect(rows.find((row) => row.startsWith("vm-1.vm "))?.match(/SYNCED/g)).toHaveLength(4);
  });

  test("0.22 0.39 a name resolves to a VIP whose upstream is the gateway at 15443, over mutual TLS", async () => {
    expect((await queryDns(example.server.ports.dns!, HOST)).addresses).toEqual([VIP]);
    const vm = example.proxy("vm-1");
    const answer = await until("a call is answered", async () => {
      const made = await call(VIP, 8000, HOST);
      return !("failure" in made) && made.status === 200 && made;
    });
    expect(answer.server).toBe("envoy");
    expect(callerOf(answer.page)).toBe("spiffe://cluster.local/ns/vm/sa/vm");
    const stats = await vm.stats();
    expect(stats.get(`cluster.${CLUSTER}.ssl.handshake`)).toBe(stats.get(`cluster.${CLUSTER}.upstream_cx_total`));
    expect(stats.get(`cluster.${CLUSTER}.ssl.handshake`)).toBeGreaterThan(0);
    const hosts = [...(await clustersOf("vm-1")).matchAll(/^(.+)::(\d+\.\d+\.\d+\.\d+:\d+)::cx_total::/gm)];
    expect(hosts.filter(([, cluster]) => cluster === CLUSTER).map(([, , host]) => host)).toEqual([gateway]);
  });

  test("0.42 the gateway passes the bytes on and ends no TLS in them", async () => {
    await call(VIP, 8000, HOST);
    const stats = await example.proxy("ingressgateway").stats();
    const of = (pattern: RegExp) => [...stats].filter(([name, value]) => pattern.test(name) && value > 0);
    const cluster = "outbound_\\.8000_\\._\\.httpbin\\.bar\\.global";
    expect(of(new RegExp(`^cluster\\.${cluster}\\.upstream_cx_total$`))).toHaveLength(1);
    expect(of(new RegExp(`^cluster\\.${cluster}\\.(ssl\\.handshake|upstream_cx_http\\d_total)$`))).toEqual([]);
    expect(of(/^listener\..*15443.*ssl\.handshake$/)).toEqual([]);
  });

  test("0.17 its Envoy dials the control plane through the gateway, and nowhere else", async () => {
    const dialled = [...(await clustersOf("vm-1")).matchAll(/^xds-grpc::(\S+?)::cx_active::(\d+)/gm)];
    expect(dialled.map(([, host, active]) => [host, active])).toEqual([[gateway, "1"]]);
  });

  // With the hosts file of a machine, which only root can put in the place of this one's, for one process.
  if (process.getuid?.() === 0) {
    test("0.40 0.45 with the mesh's names in its hosts file the doctor names the declared ports of a host where another is called", async () => {
      const hosts = await example.folder.write("hosts", await example.server.output(["hosts", "-n", "vm"]));
      const doctor = async (place: string) => {
        const words = [...(await portolanCommand()), "doctor", "--data", example.server.data, "--call", place];
        const script = 'mount --bind "$0" /etc/hosts && exec "$@"';
        const { out, err } = await run(["unshare", "--mount", "sh", "-c", script, hosts, ...words]);
        return out.split("\n").find((line) => line.includes(place)) ?? err;
      };
      expect(await doctor(`${HOST}:8001`)).toMatch(/FAILED.*8000/);
      expect(await doctor(`${HOST}:8000`)).toMatch(/^ok/);
    });
  }

  test("0.13 0.18 the doctor passes on the machine's files and its gateway, and names a gateway that does not answer", async () => {
    const dir = join(example.folder.path, "vm-1", "certs");
    await example.folder.write("vm-1/certs/cluster.env", await example.server.output(["cluster-env"]));
    const doctor = (controlPlane: string) =>
      example.server.portolan(["doctor", "--dir", dir, "--control-plane", controlPlane, "-o", "json"]);
    const good = await doctor(gateway);
    const steps = JSON.parse(good.out) as { name: string; status: string; detail: string }[];
    expect(steps.filter(({ status }) => status === "failed")).toEqual([]);
    expect(steps.some(({ detail }) => detail.includes(gateway))).toBe(true);
    expect(good.code).toBe(0);
    const silent = `127.0.0.1:${await freePort()}`;
    const bad = await doctor(silent);
    expect([bad.code, bad.out]).toEqual([1, expect.stringContaining(silent)]);
  });

  test("update_rejected is 0 in every Envoy", async () => {
    for (const { name } of plan.proxies) {
      const rejected = [...(await example.proxy(name).stats())].filter(
        ([stat, value]) => /update_rejected$/.test(stat) && value > 0,
      );
      expect(rejected, name).toEqual([]);
    }
  });
});
