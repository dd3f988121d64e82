import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { createDnsServer, type DnsServer, queryDns } from "@portolan/dns";
import { afterEach, expect, test } from "vitest";
import { parse } from "yaml";
import { createControlPlane } from "../control-plane/control-plane.ts";
import { writePorts } from "../control-plane/ports-file.ts";
import { parseDnsmasqConf } from "../dns-doctor/dnsmasq-conf.ts";
import { parseResolvedConf } from "../dns-doctor/resolved-conf.ts";
import { entry } from "../testing/manifests.ts";
import { runMain } from "../testing/run-main.ts";
import { temporaryFolder } from "../testing/temporary-folder.ts";

const servers: DnsServer[] = [];

afterEach(async () => {
  for (const server of servers.splice(0)) await server.stop();
});

/** A command line on a data folder that no server has. */
async function run(...argv: readonly string[]): Promise<string> {
  const { code, out, err } = await runMain([...argv, "--data", "/nonexistent/portolan"]);
  expect([code, err.replace(ASSUMED, "")]).toEqual([0, ""]);
  return out;
}

const ASSUMED =
  "no server is running with --data /nonexistent/portolan: what --server and --suffix do not say are its defaults\n";

test("4.27 dnsmasq prints the seven lines of the document for the addresses of the load balancers", async () => {
  const addresses = { dns: "10.150.0.7", mixer: "10.150.0.8", pilot: "10.150.0.6", ca: "10.150.0.9" };
  const flags = Object.entries(addresses).flatMap(([name, address]) => [`--${name}-ilb`, address]);
  expect(await run("dnsmasq", ...flags)).toBe(`server=/svc.cluster.local/10.150.0.7
address=/istio-mixer/10.150.0.8
address=/istio-pilot/10.150.0.6
address=/istio-ca/10.150.0.9
address=/istio-mixer.istio-system/10.150.0.8
address=/istio-pilot.istio-system/10.150.0.6
address=/istio-ca.istio-system/10.150.0.9
`);
  expect(await run("dnsmasq", ...flags, "-n", "mesh")).toContain("address=/istio-ca.mesh/10.150.0.9\n");
});

test("what is taken for granted is said on stderr: a server that does not run, and loopback for pods", async () => {
  const talk = async (...argv: string[]) => (await runMain([...argv, "--data", "/nonexistent/portolan"])).err;
  const both = ["--server", "10.96.7.7:53", "--suffix", "global"];
  for (const command of [["dnsmasq"], ["dns", "snippet", "dnsmasq"], ["dns", "snippet", "coredns"]]) {
    expect(await talk(...command, ...both)).toBe("");
    expect(await talk(...command, ...both.slice(0, 2))).toBe(ASSUMED);
  }
  expect(await talk("dns", "snippet", "coredns", "--suffix", "global", "--server", "127.0.0.1:15053")).toBe(
    "in a pod 127.0.0.1 is the pod itself: have the server listen where pods reach it, and name that with --server\n",
  );
});

test.each([
  [["dnsmasq", "--dns-ilb", "10.150.0.7"], "--mixer-ilb is missing"],
  [["dnsmasq", "--dns-ilb", "ten"], "--dns-ilb"],
  [["dns", "snippet", "bind"], '"bind" is no resolver'],
  [["dns", "snippet", "dnsmasq", "--suffix", "*.global"], '--suffix "*.global"'],
  [["dns", "snippet", "dnsmasq", "--server", "somewhere"], "--server"],
])("%j is refused", async (argv, message) => {
  const { code, err } = await runMain(argv);
  expect(code).toBe(64);
  expect(err).toContain(message);
});

test("the snippet for dnsmasq sends suffixes and VIPs' names to us, and lets loopback answers through", async () => {
  const text = await run(
    "dns",
    "snippet",
    "dnsmasq",
    "--server",
    "127.0.0.1:5353",
    "--suffix",
    "global",
    "--suffix",
    "mesh.",
  );
  expect(text).toBe(await run("dnsmasq", "--server", "127.0.0.1:5353", "--suffix", "global", "--suffix", "mesh"));
  expect(text.split("\n").filter((line) => !line.startsWith("#"))).toEqual([
    "server=/global/127.0.0.1#5353",
    "server=/mesh/127.0.0.1#5353",
    "rev-server=127.255.0.0/16,127.0.0.1#5353",
    "rebind-domain-ok=/global/mesh/",
    "",
  ]);
  const conf = parseDnsmasqConf([text]);
  expect([...conf.servers.keys(), ...conf.rebindDomains]).toEqual(["global", "mesh", "global", "mesh"]);
});

test("the snippet for systemd-resolved routes the suffixes and searches none", async () => {
  const text = await run("dns", "snippet", "systemd-resolved", "--server", "[::1]:5353");
  const lines = text.split("\n").filter((line) => !line.startsWith("#"));
  expect(lines).toEqual(["[Resolve]", "DNS=[::1]:5353", "Domains=~global ~svc.cluster.local", ""]);
  expect(parseResolvedConf([text])).toEqual({ servers: ["[::1]:5353"], domains: ["global", "svc.cluster.local"] });
});

test("an empty assignment of systemd-resolved begins anew, as in its own files", () => {
  const texts = [
    "[Resolve]\nDNS=10.0.0.1 10.0.0.2#name.example\nDomains=a.example\n",
    "[Resolve]\nDomains=\nDomains=~global\n",
  ];
  expect(parseResolvedConf(texts)).toEqual({ servers: ["10.0.0.1", "10.0.0.2"], domains: ["global"] });
});

/** Where a Corefile forwards a zone; what CoreDNS does with `forward` (coredns.io/plugins/forward). */
function forwardOf(corefile: string, zone: string): string | undefined {
  return new RegExp(`^${zone.replace(".", "\\.")}:53 \\{[^}]*^ {4}forward \\. (\\S+)$`, "m").exec(corefile)?.[1];
}

test("0.21 0.22 the ConfigMap coredns has a query for *.global forwarded to us, and the answer is the VIP; cluster names stay", async () => {
  await using folder = await temporaryFolder();
  const config = [await folder.write("mesh.yaml", entry("reviews"))];
  await using mesh = await createControlPlane({ config, data: join(folder.path, "data") });
  await writePorts(join(folder.path, "data"), { pid: process.pid, ...mesh.listening, adminSocket: mesh.adminSocket });
  const argv = ["dns", "snippet", "coredns", "--data", join(folder.path, "data")];
  const { out } = await runMain([...argv, "--config-map"]);
  const configMap = parse(out);
  expect(configMap).toMatchObject({ kind: "ConfigMap", metadata: { name: "coredns", namespace: "kube-system" } });
  const corefile: string = configMap.data.Corefile;
  expect(corefile).toContain((await runMain(argv)).out);
  expect(corefile).toContain("kubernetes cluster.local in-addr.arpa ip6.arpa");
  const upstream = forwardOf(corefile, "global") ?? "";
  expect(upstream).toBe(mesh.listening.dns);
  expect(forwardOf(corefile, "svc.cluster.local")).toBeUndefined();

  const cluster = createDnsServer({
    records: [],
    suffixes: ["cluster.local"],
    upstreams: [upstream],
    listen: { port: 0 },
  });
  servers.push(cluster);
  await cluster.start();
  const { answers } = await queryDns({ port: cluster.address?.port ?? 0, name: "reviews.shop.global" });
  expect(answers.map(({ value }) => value)).toEqual([expect.stringMatching(/^127\.255\.\d+\.\d+$/)]);
});

test("snippets follow the running server: its address, its suffixes, its pool", async () => {
  await using folder = await temporaryFolder();
  const settings = `apiVersion: v1
kind: ConfigMap
metadata: {name: istio, namespace: istio-system}
data:
  mesh: |
    portolan: {ownedSuffixes: [mesh], bindPool: 127.200.0.0/16}
`;
  const config = [await folder.write("mesh.yaml", settings)];
  const data = join(folder.path, "data");
  await using mesh = await createControlPlane({ config, data });
  await writePorts(data, { pid: process.pid, ...mesh.listening, adminSocket: mesh.adminSocket });
  const { out } = await runMain(["dnsmasq", "--data", data]);
  const to = mesh.listening.dns?.replace(":", "#");
  expect(out).toContain(`server=/mesh/${to}\nserver=/svc.cluster.local/${to}\nrev-server=127.200.0.0/16,${to}\n`);
});

test("docs/dns.md shows what the commands print", async () => {
  const page = await readFile(join(import.meta.dirname, "../../../../docs/dns.md"), "utf8");
  const shown = [...page.matchAll(/^```\w*\n\$ portolan (.+)\n([\s\S]*?)^```$/gm)];
  expect(shown.length).toBeGreaterThan(3);
  for (const [, line = "", output] of shown) {
    if (output !== "") expect(await run(...line.split(" ")), line).toBe(output);
  }
});
