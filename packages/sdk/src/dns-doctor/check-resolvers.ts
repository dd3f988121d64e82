import type { DiagnosisStep } from "@portolan/agent";
import { type Cidr, cidrContains, type IpAddress, isLoopback } from "@portolan/model";
import { type Chained, dnsmasqAddress } from "../dns-chain/chained.ts";
import { formatListenAddress } from "../listen-address.ts";
import { covers, type DnsmasqConf, parseDnsmasqConf } from "./dnsmasq-conf.ts";
import { type DnsFiles, type DnsMachine, readAll } from "./machine.ts";
import { askFor, type ChainQuestion, describeOutcome, type Outcome, sameOutcome } from "./question.ts";
import { parseResolvedConf } from "./resolved-conf.ts";
import { failed, passed, skipped } from "./step.ts";

/** What the machine's first nameserver is. */
export type Resolver = "ours" | "systemd-resolved" | "dnsmasq" | "other";

/** Addresses of systemd-resolved's stub listeners (systemd-resolved.service(8)). */
const STUBS: readonly string[] = ["127.0.0.53", "127.0.0.54"];

/** Undefined as nameserver: there is none. */
export async function resolverAt(nameserver: IpAddress, { server }: Chained, files: DnsFiles): Promise<Resolver> {
  if (STUBS.includes(nameserver)) return "systemd-resolved";
  if (nameserver === server.address && server.port === 53) return "ours";
  const local = isLoopback(nameserver) && (await readAll(files.dnsmasq)).length > 0;
  return local ? "dnsmasq" : "other";
}

export function remedyFor(resolver: Resolver, chained: Chained): string {
  const { server } = chained;
  switch (resolver) {
    case "ours":
    case "systemd-resolved":
      return "lay the output of `portolan dns snippet systemd-resolved` in /etc/systemd/resolved.conf.d/portolan.conf and restart systemd-resolved";
    case "dnsmasq":
      return "lay the output of `portolan dns snippet dnsmasq` in /etc/dnsmasq.d/portolan.conf and restart dnsmasq";
    case "other":
      return `let it forward the mesh's suffixes to ${formatListenAddress(server)} (portolan dns snippet coredns|dnsmasq|systemd-resolved), or make that server the first nameserver`;
  }
}

/** The files of systemd-resolved, where it is in the chain. */
export async function checkResolved(resolver: Resolver, chained: Chained, files: DnsFiles): Promise<DiagnosisStep> {
  const step = "systemd-resolved";
  if (resolver !== "systemd-resolved") return skipped(step, "it is not the first nameserver");
  const { servers, domains } = parseResolvedConf((await readAll(files.systemdResolved)).map(({ text }) => text));
  const own = formatListenAddress(chained.server);
  const wanted = chained.server.port === 53 ? [own, chained.server.address] : [own];
  const remedy = remedyFor("systemd-resolved", chained);
  if (!servers.some((one) => wanted.includes(one as IpAddress))) {
    return failed(step, `no DNS= of its files names ${own}`, remedy);
  }
  const missing = chained.suffixes.filter((suffix) => !covers(domains, suffix) && !domains.includes("."));
  if (missing.length > 0) return failed(step, `no Domains= of its files routes ${missing.join(", ")} there`, remedy);
  return passed(step, `it asks ${own} for ${chained.suffixes.join(", ")}`);
}

/** What is asked along the chain, and what our server says to it. */
export interface Link {
  readonly machine: DnsMachine;
  readonly question: ChainQuestion;
  readonly truth: Outcome;
}

/** The files of dnsmasq, where it is in the chain: whether it asks us, and whether it lets our answers through. */
export async function checkDnsmasq(resolver: Resolver, chained: Chained, link: Link): Promise<DiagnosisStep> {
  const step = "dnsmasq";
  const { machine, truth } = link;
  if (resolver !== "dnsmasq") return skipped(step, "it is not the first nameserver");
  const conf = parseDnsmasqConf((await readAll(machine.files.dnsmasq)).map(({ text }) => text));
  const remedy = remedyFor("dnsmasq", chained);
  const missing = chained.suffixes.filter((suffix) => !covers(conf.servers.keys(), suffix));
  if (missing.length > 0) return failed(step, `no server=/SUFFIX/ line for ${missing.join(", ")}`, remedy);
  const stray = await strayLine(conf, chained, link);
  if (stray !== undefined) return failed(step, stray, remedy);
  const addresses = truth.kind === "addresses" ? truth.addresses : [];
  const stripped = addresses.filter((address) => isPrivate(address as IpAddress, conf.rebindLocalhostOk));
  const unprotected = chained.suffixes.filter((suffix) => !covers(conf.rebindDomains, suffix));
  if (conf.stopRebind && stripped.length > 0 && unprotected.length > 0) {
    const detail = `stop-dns-rebind strips ${stripped.join(", ")} from the answers: addresses of 127.0.0.0/8 and private ones`;
    return failed(step, detail, `add rebind-domain-ok=/${chained.suffixes.join("/")}/ and restart dnsmasq`);
  }
  return passed(step, `it asks for ${chained.suffixes.join(", ")} and lets the answers through`);
}

/** The line that sends a suffix neither to us nor to a server that says the same as we do. */
async function strayLine(
  conf: DnsmasqConf,
  { suffixes, server }: Chained,
  { machine, question, truth }: Link,
): Promise<string | undefined> {
  const own = [dnsmasqAddress(server), ...(server.port === 53 ? [server.address] : [])];
  for (const suffix of suffixes) {
    const [domain = "", targets = []] =
      [...conf.servers].filter(([one]) => covers([one], suffix)).sort(([a], [b]) => b.length - a.length)[0] ?? [];
    const places = targets.map((target) => target.split("@")[0] ?? "");
    if (places.some((place) => own.includes(place))) continue;
    const [place = ""] = places;
    const line = `server=/${domain}/${place}`;
    const [address = "", port = "53"] = place.split("#");
    if (address === "") {
      return `${line} sends ${suffix} ${place === "" ? "nowhere" : "to its usual servers"}, and not to ${own[0]}`;
    }
    if (!covers([suffix], question.name)) continue;
    const said = await askFor(machine, question, { server: address, port: Number(port) });
    if (!sameOutcome(said, truth)) return `${line} leads elsewhere (${describeOutcome(said)}): the server is ${own[0]}`;
  }
  return undefined;
}

/** What `stop-dns-rebind` takes for an attack (dnsmasq(8)); 240.0.0.0/4 is not among it. */
const PRIVATE = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "0.0.0.0/8"] as Cidr[];

function isPrivate(address: IpAddress, localhostOk: boolean): boolean {
  return isLoopback(address) ? !localhostOk : PRIVATE.some((block) => cidrContains(block, address));
}
