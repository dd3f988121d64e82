import type { Capabilities, Hostname, InboundPort, MeshSettings, PortNumber, ProtocolFamily } from "@portolan/model";
import { compareText, parseOwnedHost, SERVICE_SUFFIX } from "@portolan/model";

/** A port that the workload serves, with what its service says of it. */
export interface ServedPort extends InboundPort {
  readonly family: ProtocolFamily;
}

/** One way into the workload: the names that lead to it, and the application's port. */
export interface InboundChain {
  /** `inbound|PORT||`, with the family behind it where two families lead to one port of the application. */
  readonly name: string;
  readonly family: "http" | "tcp";
  readonly targetPort: PortNumber;
  /** Sorted. */
  readonly names: readonly SniName[];
}

/** Any subset of a service's port. */
export interface SniName {
  readonly hostname: Hostname;
  readonly port: PortNumber;
}

/** The ports that a proxy serves: all that services name, or those of them that its machine says. */
export function servedPorts(
  ports: readonly ServedPort[],
  allowed: Capabilities["inboundPorts"],
): { readonly served: readonly ServedPort[]; readonly unnamed: readonly PortNumber[] } {
  const carried = ports.filter((port) => port.family !== "udp");
  if (allowed === "*") return { served: carried, unnamed: [] };
  const named = new Set(carried.map((port) => port.targetPort));
  return {
    served: carried.filter((port) => allowed.includes(port.targetPort)),
    unnamed: allowed.filter((port) => !named.has(port)),
  };
}

/** A name that a service bears itself wins over one that is derived for another service. */
export function inboundChains(
  ports: readonly ServedPort[],
  ownedSuffixes: MeshSettings["ownedSuffixes"],
): readonly InboundChain[] {
  const leadsTo = new Map<string, { readonly name: SniName; readonly to: ServedPort }>();
  const add = (hostname: Hostname, to: ServedPort): void => {
    const key = `${hostname}:${to.port}`;
    if (!leadsTo.has(key)) leadsTo.set(key, { name: { hostname, port: to.port }, to });
  };
  for (const port of ports) add(port.hostname, port);
  for (const port of ports) for (const alias of aliases(port.hostname, ownedSuffixes)) add(alias, port);

  const chains = new Map<string, { family: "http" | "tcp"; targetPort: PortNumber; names: SniName[] }>();
  for (const { name, to } of leadsTo.values()) {
    const family = to.family === "http" ? "http" : "tcp";
    const key = `${String(to.targetPort).padStart(5, "0")} ${family}`;
    const chain = chains.get(key);
    if (chain === undefined) chains.set(key, { family, targetPort: to.targetPort, names: [name] });
    else chain.names.push(name);
  }
  const taken = new Set<PortNumber>();
  return [...chains]
    .sort(([a], [b]) => compareText(a, b))
    .map(([, { family, targetPort, names }]) => {
      const name = `inbound|${targetPort}||${taken.has(targetPort) ? family : ""}`;
      taken.add(targetPort);
      return { name, family, targetPort, names: names.sort((a, b) => compareText(nameKey(a), nameKey(b))) };
    });
}

/** The other names of a Service: `reviews.shop.svc.cluster.local` is `reviews.shop.global` too, and the other way round. */
function aliases(hostname: Hostname, ownedSuffixes: MeshSettings["ownedSuffixes"]): readonly Hostname[] {
  const suffixes = [SERVICE_SUFFIX, ...ownedSuffixes];
  const owned = parseOwnedHost(suffixes, hostname);
  if (owned === undefined) return [];
  return suffixes
    .map((suffix) => `${owned.name}.${owned.namespace}.${suffix}` as Hostname)
    .filter((alias) => alias !== hostname);
}

function nameKey(name: SniName): string {
  return `${name.hostname}:${String(name.port).padStart(5, "0")}`;
}
