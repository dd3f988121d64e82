import { isWildcard } from "../host-pattern.ts";
import { DEFAULT_NETWORK, type Namespace, type PortNumber } from "../names.ts";
import type { ServiceEntryObject, WorkloadSpec } from "../object/service-entry.ts";
import { ownedSuffixOf } from "../owned-host.ts";
import type { Endpoint } from "../snapshot/endpoint.ts";
import type { Service } from "../snapshot/service.ts";
import { SERVICE_SUFFIX } from "../well-known.ts";
import { labelsOf } from "./index-keys.ts";
import type { MeshLookup } from "./lookup.ts";
import { placeOfAddress, placeOfSpec, placeOfWorkload } from "./place.ts";
import { type PortPair, singlePort } from "./port-pairs.ts";
import { selectWorkloads } from "./select-workloads.ts";
import { workloadId } from "./workload.ts";

/** Endpoints of one host of a ServiceEntry: those that it lists, and the workloads of its namespace that it selects. */
export function endpointsOfEntry(
  mesh: MeshLookup,
  entry: ServiceEntryObject,
  service: Service,
  ports: readonly PortPair<ServiceEntryObject>[],
): readonly Endpoint[] {
  const namespace = entry.meta.namespace as Namespace;
  const { location } = entry;
  // Endpoints that say nothing of ports share what the entry says.
  const usual = portsAt(undefined, ports);
  const servedBy = (spec: WorkloadSpec) => (spec.ports.size === 0 ? usual : portsAt(spec, ports));
  const endpoints: Endpoint[] = entry.endpoints.map((spec) =>
    placeOfSpec(mesh, spec, { namespace, location, labels: spec.labels }, servedBy(spec)),
  );
  if (entry.workloadSelector !== undefined) {
    for (const workload of selectWorkloads(mesh, namespace, entry.workloadSelector)) {
      const compiled = mesh.workloads.get(workloadId(workload));
      if (workload.kind === "WorkloadEntry") {
        const { spec } = workload;
        const in_ = { namespace, location, labels: labelsOf(workload) };
        endpoints.push(placeOfSpec(mesh, spec, in_, servedBy(spec), workloadId(workload)));
      } else if (compiled !== undefined) {
        // An external service has no Envoy before it, whatever its Pods say.
        const seen = { ...compiled, injected: compiled.injected && location === "MESH_INTERNAL" };
        endpoints.push({ ...placeOfWorkload(mesh, seen, workload.ready), ports: usual });
      }
    }
  }
  if (endpoints.length === 0 && resolvesItself(mesh, entry, service)) {
    const place = placeOfAddress(service.hostname, { network: DEFAULT_NETWORK, locality: "", healthy: true });
    endpoints.push({ ...place, ports: usual });
  }
  return endpoints;
}

/** `endpoint.ports[name]`, else the service port's targetPort, else its number (Istio's ServiceEntry reference). */
function portsAt(
  spec: WorkloadSpec | undefined,
  ports: readonly PortPair<ServiceEntryObject>[],
): ReadonlyMap<string, PortNumber> {
  const [first] = ports;
  if (first === undefined || ports.length > 1) return new Map(ports.map((pair) => [pair.name, portOf(spec, pair)]));
  return singlePort(first.name, portOf(spec, first));
}

function portOf(spec: WorkloadSpec | undefined, { own }: PortPair<ServiceEntryObject>): PortNumber {
  return spec?.ports.get(own.name) ?? own.targetPort ?? own.number;
}

/**
 * An entry with resolution DNS and no endpoints is looked up by its own host name. Names of the mesh itself are not: they
 * would lead back to their VIP.
 */
function resolvesItself(mesh: MeshLookup, entry: ServiceEntryObject, { hostname }: Service): boolean {
  return (
    entry.resolution === "DNS" &&
    entry.workloadSelector === undefined &&
    !isWildcard(hostname) &&
    ownedSuffixOf(mesh.settings.ownedSuffixes, hostname) === undefined &&
    !hostname.endsWith(`.${SERVICE_SUFFIX}`)
  );
}
