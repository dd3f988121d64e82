import { covers, isWildcard, patternsOf } from "../host-pattern.ts";
import { type Hostname, parseHostname } from "../names.ts";
import { isExportedTo } from "../object/labels.ts";
import { ownedSuffixOf } from "../owned-host.ts";
import type { MeshSnapshot } from "../snapshot/mesh-snapshot.ts";
import { parseSni } from "../sni.ts";
import { preferService } from "../view/prefer-service.ts";
import { CONTROL_PLANE_SNI } from "../well-known.ts";
import { hopsFrom } from "./hops.ts";
import type { HostClient, HostRoute, RoutingModel, SniRoute } from "./routing-model.ts";
import { isServed, openSuffixes, type ServedHost, servedHosts } from "./served-hosts.ts";
import { exportedService, serviceBehind, sniEndpoints, targetsOf } from "./sni-targets.ts";

/** A snapshot's routing model. It holds nothing of its own: making one costs nothing. */
export function createRoutingModel(snapshot: MeshSnapshot): RoutingModel {
  return {
    sni(sni, at) {
      const served = servedHosts(snapshot.gateways.values(), at.labels);
      const parsed = parseSni(sni);
      if (sni === "") return closed("no-sni");
      if (sni.toLowerCase() === CONTROL_PLANE_SNI) {
        return served.length > 0 ? { kind: "control-plane" } : closed("suffix-not-served");
      }
      if (parsed === undefined || isWildcard(parsed.hostname)) return closed("not-of-the-form");
      const { hostname, port, subset } = parsed;
      if (!isSuffixServed(snapshot, served, hostname)) return closed("suffix-not-served");
      const service = exportedService(snapshot, hostname);
      if (service === undefined) return closed(snapshot.servicesByHost.has(hostname) ? "not-exported" : "unknown-host");
      if (!isServed(served, service)) return closed("suffix-not-served");
      if (serviceBehind(snapshot, service) === undefined) return closed("unknown-host");
      const ofPort = targetsOf(snapshot, served, service).filter((target) => target.port === port);
      if (ofPort.length === 0) return closed("port-not-declared");
      const target = ofPort.find((one) => one.subset === subset);
      if (target === undefined) return closed("unknown-subset");
      const endpoints = sniEndpoints(snapshot.endpoints.get(target.service), target, at.network);
      if (endpoints.length === 0) return closed("no-endpoint-in-network");
      return { kind: "forward", service: target.service, hostname, port, subset, endpoints };
    },
    host: (host, port, from) => hostRoute(snapshot, host, port, from),
  };
}

function closed(reason: Extract<SniRoute, { kind: "closed" }>["reason"]): SniRoute {
  return { kind: "closed", reason };
}

function isSuffixServed(snapshot: MeshSnapshot, served: readonly ServedHost[], hostname: Hostname): boolean {
  const open = openSuffixes(snapshot.settings);
  return ownedSuffixOf(open, hostname) !== undefined && served.some(({ host }) => covers(host, hostname));
}

function hostRoute(snapshot: MeshSnapshot, host: string, port: number, from: HostClient): HostRoute {
  const none = { kind: "closed", declaredPorts: [] } as const;
  const parsed = parseHostname(host);
  if (!parsed.ok || isWildcard(parsed.value)) return { ...none, reason: "unknown-host" };
  const { namespace } = from;
  let known = false;
  for (const pattern of patternsOf(parsed.value)) {
    if (pattern === "*" || !snapshot.servicesByHost.has(pattern)) continue;
    known = true;
    const service = preferService(snapshot, pattern, namespace, ({ exportTo, namespace: owner }) =>
      namespace === undefined ? exportTo.all : isExportedTo(exportTo, owner, namespace),
    );
    if (service === undefined) continue;
    const declaredPorts = service.ports.map(({ number }) => number);
    const declared = service.ports.find(({ number }) => number === port);
    if (declared === undefined) return { kind: "closed", reason: "port-not-declared", declaredPorts };
    const target = { hostname: service.hostname, port: declared.number, subset: "", portName: declared.name };
    const endpoints = snapshot.endpoints.get(service.id)?.endpoints ?? [];
    const mesh = { networks: snapshot.networks, mode: snapshot.settings.mode };
    const hops = hopsFrom(mesh, endpoints, target, from.network);
    if (hops.length === 0 && service.resolution !== "NONE") {
      return { kind: "closed", reason: "no-endpoint", declaredPorts };
    }
    return { kind: "forward", service: service.id, port: declared.number, hops };
  }
  return { ...none, reason: known ? "not-visible" : "unknown-host" };
}
