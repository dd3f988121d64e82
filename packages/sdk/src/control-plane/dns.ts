import { createDnsServer, DnsError, type DnsErrorCode, type DnsServer, type DnsView } from "@portolan/dns";
import { type MeshSnapshot, parseIpAddress } from "@portolan/model";
import type { Registry } from "@portolan/registry";
import type { ListenAddress } from "../listen-address.ts";
import { listenFailure } from "../listen-failure.ts";

export interface DnsPart extends AsyncDisposable {
  readonly addresses: readonly [ListenAddress, ...ListenAddress[]];
  readonly server: DnsServer;
}

export interface DnsPartOptions {
  /** Empty: off. */
  readonly listen: readonly ListenAddress[];
  readonly upstreams: readonly ListenAddress[];
  readonly workers: number;
}

/** Starts the DNS server on the registry's names; undefined where it is off. */
export async function startDns(
  registry: Registry,
  { listen, upstreams, workers }: DnsPartOptions,
): Promise<DnsPart | undefined> {
  const [first] = listen;
  if (first === undefined) return undefined;
  const server = createDnsServer({
    feed: registry,
    viewOf: (address) => viewOf(registry.snapshot, address),
    listen,
    upstreams,
    workers,
  });
  try {
    await server.start();
  } catch (error) {
    if (!(error instanceof DnsError) || error.listen === undefined) throw error;
    const refusal = { code: systemCodes[error.code], message: error.message };
    throw await listenFailure(refusal, error.listen, "--dns", "udp");
  }
  const [bound = first, ...more] = server.addresses;
  return { server, addresses: [bound, ...more], [Symbol.asyncDispose]: () => server.stop() };
}

const systemCodes: Partial<Readonly<Record<DnsErrorCode, string>>> = {
  "address-in-use": "EADDRINUSE",
  "address-not-available": "EADDRNOTAVAIL",
  "address-not-permitted": "EACCES",
};

/** A client that is a workload of the mesh sees what its namespace sees. */
function viewOf(snapshot: MeshSnapshot, address: string): DnsView | undefined {
  const parsed = parseIpAddress(address);
  const [id] = parsed.ok ? (snapshot.workloadsByAddress.get(parsed.value) ?? []) : [];
  const workload = id === undefined ? undefined : snapshot.workloads.get(id);
  if (workload === undefined || !workload.injected) return undefined;
  return { namespace: workload.namespace, labels: workload.labels, mode: snapshot.settings.mode };
}
