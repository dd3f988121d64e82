import type { ServiceId } from "../names.ts";
import { protocolFamily } from "../protocol.ts";
import type { InboundPort, ServiceEndpoints } from "../snapshot/endpoint.ts";
import type { InboundKey } from "../snapshot/mesh-snapshot.ts";
import type { Service } from "../snapshot/service.ts";
import { compareText } from "../sorted.ts";
import type { MapDraft } from "./draft.ts";
import { ipOf } from "./workload.ts";

/** What services serve from now on, by address: many of them may be served at one. */
export type InboundEdits = Map<InboundKey, Map<ServiceId, readonly InboundPort[]>>;

/** Notes that what a service's endpoints serve takes the place of what they served before. */
export function noteInbound(
  edits: InboundEdits,
  id: ServiceId,
  before: ReadonlyMap<InboundKey, readonly InboundPort[]>,
  after: ReadonlyMap<InboundKey, readonly InboundPort[]>,
): void {
  const note = (key: InboundKey, ports: readonly InboundPort[]) => {
    const edit = edits.get(key) ?? new Map<ServiceId, readonly InboundPort[]>();
    edits.set(key, edit);
    edit.set(id, ports);
  };
  for (const key of before.keys()) if (!after.has(key)) note(key, []);
  for (const [key, ports] of after) note(key, ports);
}

/** Each address once, however many services changed there. */
export function editInbound(
  draft: Pick<MapDraft<InboundKey, readonly InboundPort[]>, "get" | "set">,
  edits: InboundEdits,
): void {
  for (const [key, edit] of edits) {
    const others = (draft.get(key) ?? []).filter(({ service }) => !edit.has(service));
    const ports = [...others, ...[...edit.values()].flat()].sort(byHostAndPort);
    draft.set(key, ports.length === 0 ? undefined : ports);
  }
}

/** What each address serves for one service behind its Envoy. Only proxies of the service's own namespace serve it. */
export function inboundOf(
  service: Service | undefined,
  served: ServiceEndpoints | undefined,
): ReadonlyMap<InboundKey, readonly InboundPort[]> {
  if (service === undefined || !served?.endpoints.some(({ transport }) => transport === "mtls")) return NOTHING;
  const inbound = new Map<InboundKey, InboundPort[]>();
  for (const { transport, address, ports } of served.endpoints) {
    const ip = transport === "mtls" ? ipOf(address) : undefined;
    if (ip === undefined) continue;
    const key: InboundKey = `${service.namespace}/${ip}`;
    const list = inbound.get(key) ?? [];
    inbound.set(key, list);
    for (const { name, number, protocol } of service.ports) {
      const targetPort = ports.get(name);
      if (targetPort === undefined || protocolFamily(protocol) === "udp") continue;
      if (list.some((port) => port.port === number && port.targetPort === targetPort)) continue;
      list.push({ service: service.id, hostname: service.hostname, port: number, targetPort });
    }
  }
  return inbound;
}

const NOTHING: ReadonlyMap<InboundKey, readonly InboundPort[]> = new Map();

function byHostAndPort(a: InboundPort, b: InboundPort): number {
  return (
    compareText(a.hostname, b.hostname) ||
    a.port - b.port ||
    a.targetPort - b.targetPort ||
    compareText(a.service, b.service)
  );
}
