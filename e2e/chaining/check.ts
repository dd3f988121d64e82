/**
 * Chains real resolvers before the DNS server, by the snippets that the command line prints: dnsmasq, with its rebind protection, and CoreDNS
 * (`$COREDNS`, else the benchmark's own in `.cache/bench`, else on PATH). What this machine lacks is said and counts as skipped; the last line is `N passed, N failed, N skipped`.
 * Everything stays on loopback.
 */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { createDnsServer, queryDns } from "@portolan/dns";
import { portolan, portolanOutput } from "../testing/portolan.ts";
import { temporaryFolder } from "../testing/temporary-folder.ts";

const counts = { passed: 0, failed: 0, skipped: 0 };
await using folder = await temporaryFolder();
await using own = createDnsServer({
  records: [
    { name: "reviews.shop.global", type: "A", address: "127.255.0.3" },
    { name: "3.0.255.127.in-addr.arpa", type: "PTR", target: "reviews.shop.global" },
    { name: "istio-pilot.istio-system.svc.cluster.local", type: "A", address: "10.63.247.248" },
    { name: "istio-ingress.istio-system.svc.cluster.local", type: "A", address: "10.63.243.30" },
  ],
  suffixes: ["global", "svc.cluster.local", "255.127.in-addr.arpa"],
  listen: { port: 0 },
});
await own.start();
const server = `127.0.0.1:${own.address?.port}`;
const nowhere = ["--data", join(folder.path, "nowhere")];

function compare(title: string, got: unknown, expected: unknown): void {
  const same = JSON.stringify(got) === JSON.stringify(expected);
  counts[same ? "passed" : "failed"]++;
  console.log(`${same ? "passed" : "FAILED"}: ${title}`);
  if (!same) console.log(`  expected ${JSON.stringify(expected)}\n  got      ${JSON.stringify(got)}`);
}

function has(what: string, program: string, flag: string): boolean {
  if (spawnSync(program, [flag]).error === undefined) return true;
  counts.skipped++;
  console.log(`skipped: ${what}: this machine has no ${program}`);
  return false;
}

async function ask(place: { server: string; port: number }, name: string, type = "A"): Promise<string> {
  const { rcode, answers } = await queryDns({ ...place, name, type });
  return [rcode, ...answers.map(({ value }) => value)].join(" ");
}

/** A resolver of its own, until `use` is over. */
async function running<Result>(
  command: readonly [string, ...string[]],
  place: { server: string; port: number },
  use: () => Promise<Result>,
): Promise<Result> {
  const [program, ...args] = command;
  const child: ChildProcess = spawn(program, args, { stdio: ["ignore", "ignore", "pipe"] });
  let err = "";
  child.stderr?.on("data", (part) => (err += part));
  try {
    for (let tries = 0; ; tries++) {
      const up = await queryDns({ ...place, name: "up.invalid", timeoutMs: 200 }).catch(() => undefined);
      if (up !== undefined) break;
      if (tries === 100 || child.exitCode !== null) throw new Error(`${program} does not answer: ${err}`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    return await use();
  } finally {
    if (child.exitCode === null) {
      child.kill();
      await once(child, "exit");
    }
  }
}

/** A port that is free now. */
async function freePort(): Promise<number> {
  await using probe = createDnsServer({ records: [], listen: { port: 0 } });
  await probe.start();
  return probe.address?.port ?? 0;
}

async function withDnsmasq(
  conf: string,
  flags: readonly string[],
  use: (port: number) => Promise<void>,
): Promise<void> {
  const port = await freePort();
  const file = await folder.write("dnsmasq.conf", conf);
  const own = ["-k", "--no-resolv", "--no-hosts", "--bind-interfaces", "--listen-address=127.0.0.1", `--port=${port}`];
  const words = [...own, "--pid-file=", `--conf-file=${file}`, ...flags];
  await running(["dnsmasq", ...words], { server: "127.0.0.1", port }, () => use(port));
}

if (has("dnsmasq before the server", "dnsmasq", "--version")) {
  const snippet = await portolanOutput(["dns", "snippet", "dnsmasq", "--server", server, ...nowhere]);
  await withDnsmasq(snippet, ["--stop-dns-rebind", "--bogus-priv"], async (port) => {
    const place = { server: "127.0.0.1", port };
    compare(
      "dnsmasq: a name of the mesh, with stop-dns-rebind",
      await ask(place, "reviews.shop.global"),
      "NOERROR 127.255.0.3",
    );
    compare(
      "dnsmasq: a VIP's name",
      await ask(place, "3.0.255.127.in-addr.arpa", "PTR"),
      "NOERROR reviews.shop.global",
    );
    compare("dnsmasq: a name that does not exist", await ask(place, "no.shop.global"), "NXDOMAIN");
    compare("dnsmasq: other names are not ours", await ask(place, "www.example.com"), "REFUSED");
  });
  const bare = snippet.replace(/^rebind-domain-ok.*\n/m, "");
  await withDnsmasq(bare, ["--stop-dns-rebind"], async (port) => {
    const said = await ask({ server: "127.0.0.1", port }, "reviews.shop.global");
    compare("dnsmasq: stop-dns-rebind alone strips a VIP of 127.0.0.0/8", said, "NOERROR");
  });
  const balancers = [
    "--dns-ilb",
    "127.0.0.1",
    "--mixer-ilb",
    "10.150.0.8",
    "--pilot-ilb",
    "10.150.0.6",
    "--ca-ilb",
    "10.150.0.9",
  ];
  const kubedns = await portolanOutput(["dnsmasq", ...balancers, ...nowhere]);
  // The document's lines name no port: here the cluster's DNS is on another.
  const withPort = kubedns.replace(/^(server=.*)$/m, `$1#${own.address?.port}`);
  await withDnsmasq(withPort, [], async (port) => {
    const place = { server: "127.0.0.1", port };
    compare(
      "4.29 dnsmasq: istio-pilot.istio-system",
      await ask(place, "istio-pilot.istio-system"),
      "NOERROR 10.150.0.6",
    );
    compare("4.29 dnsmasq: istio-ca", await ask(place, "istio-ca"), "NOERROR 10.150.0.9");
    const pilot = await ask(place, "istio-pilot.istio-system.svc.cluster.local");
    compare("4.30 dnsmasq: istio-pilot's cluster IP", pilot, "NOERROR 10.63.247.248");
    const ingress = await ask(place, "istio-ingress.istio-system.svc.cluster.local");
    compare("4.30 dnsmasq: istio-ingress's cluster IP", ingress, "NOERROR 10.63.243.30");
  });
}

const built = join(import.meta.dirname, "../../.cache/bench/coredns");
const coredns = process.env.COREDNS ?? (existsSync(built) ? built : "coredns");
if (has("CoreDNS before the server", coredns, "-plugins")) {
  const port = await freePort();
  const blocks = await portolanOutput(["dns", "snippet", "coredns", "--server", server, ...nowhere]);
  const plugins = spawnSync(coredns, ["-plugins"], { encoding: "utf8" }).stdout;
  const known = (line: string) =>
    !/^ {4}(\w+)/.test(line) || new RegExp(`\\b${/\w+/.exec(line)?.[0]}\\b`).test(plugins);
  const corefile = blocks
    .split("\n")
    .filter(known)
    .join("\n")
    .replace(/:53 \{/g, `:${port} {\n    bind 127.0.0.1`);
  const file = await folder.write("Corefile", corefile);
  const place = { server: "127.0.0.1", port };
  await running([coredns, "-conf", file], place, async () => {
    compare("0.21 CoreDNS: a name of *.global", await ask(place, "reviews.shop.global"), "NOERROR 127.255.0.3");
    compare("0.21 CoreDNS: one that does not exist", await ask(place, "no.shop.global"), "NXDOMAIN");
    compare("0.21 CoreDNS: other names", await ask(place, "www.example.com"), "REFUSED");
  });
}

if (process.getuid?.() === 0 && has("dns doctor and dnsmasq on port 53", "dnsmasq", "--version")) {
  const at = "127.77.53.1";
  await folder.write("root/etc/resolv.conf", `nameserver ${at}\n`);
  const doctor = async (conf: string) => {
    const file = await folder.write("root/etc/dnsmasq.d/mesh.conf", conf);
    const words = ["-k", "--no-resolv", "--no-hosts", "--bind-interfaces", `--listen-address=${at}`, "--pid-file="];
    return running(["dnsmasq", ...words, `--conf-file=${file}`], { server: at, port: 53 }, async () => {
      const flags = ["--root", join(folder.path, "root"), "--server", server, "--name", "reviews.shop.global"];
      const { code, err } = await portolan(["dns", "doctor", ...flags, "--suffix", "global", ...nowhere]);
      return `${code} ${err.trim()}`;
    });
  };
  const line = `server=/global/${server.replace(":", "#")}\n`;
  compare("dns doctor: a whole chain", await doctor(line), "0 ");
  compare(
    "dns doctor: rebind protection",
    await doctor(`${line}stop-dns-rebind\n`),
    "1 the chain is broken at: dnsmasq",
  );
  compare("dns doctor: a suffix that is not sent on", await doctor("no-hosts\n"), "1 the chain is broken at: dnsmasq");
}

console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
process.exitCode = counts.failed === 0 ? 0 : 1;
