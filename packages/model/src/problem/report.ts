import { twinOf } from "../compile/compile-endpoints.ts";
import { indexKey } from "../compile/index-keys.ts";
import { findObjects, type MeshLookup } from "../compile/lookup.ts";
import { type Definer, definersOf, serviceIdsOf } from "../compile/service.ts";
import { printable, type ServiceId } from "../names.ts";
import { keyOf, type MeshObject } from "../object/object.ts";
import { formatOrigin } from "../origin.ts";
import { ownedSuffixOf } from "../owned-host.ts";
import type { Problem } from "../problem.ts";
import { isServed, type ServedHost } from "../routing/served-hosts.ts";
import type { Service } from "../snapshot/service.ts";
import { problemAt } from "./problem-at.ts";
import { validateObject } from "./validate-object.ts";

/** What is to be said of an object that is in the mesh: nothing of it keeps the object out. */
export function reportOn(mesh: MeshLookup, served: readonly ServedHost[], object: MeshObject): readonly Problem[] {
  switch (object.kind) {
    case "MeshConfig":
    case "MeshNetworks":
      return reportUnused(mesh, object);
    case "Service":
    case "ServiceEntry":
      return [
        ...validateObject(mesh, object),
        ...serviceIdsOf(object).flatMap((id, at) => {
          const path = object.kind === "Service" ? undefined : `spec.hosts.${at}`;
          const service = mesh.services.get(id);
          if (service === undefined) return [];
          if (service.owner !== keyOf(object)) return reportSecond(mesh, object, path, service);
          return [
            ...reportTwin(mesh, object, path, service),
            ...reportUnserved(mesh, served, object, path, service),
            ...reportPlaintext(mesh, object, path, id),
          ];
        }),
      ];
    default:
      return validateObject(mesh, object);
  }
}

function reportUnused(mesh: MeshLookup, object: MeshObject): readonly Problem[] {
  const used = findObjects(mesh, indexKey.kind(object.kind), object.kind)[0];
  if (used === undefined || keyOf(used) === keyOf(object)) return [];
  const message = `${object.kind} ${printable(keyOf(used), 300)} (${formatOrigin(used.meta.origin)}) holds; this one is not used`;
  return [problemAt(object, undefined, "PTL1114", "warning", message)];
}

/** A ServiceEntry beside a Service of the same host gives it endpoints: that is how a machine is registered, and no problem. */
function reportSecond(
  mesh: MeshLookup,
  object: Definer,
  path: string | undefined,
  service: Service,
): readonly Problem[] {
  const first = definersOf(mesh, service.id)[0];
  if (first === undefined || first.kind === "Service") return [];
  const message = `${service.hostname} is defined by ${printable(keyOf(first), 300)} (${formatOrigin(first.meta.origin)}); this object only adds endpoints to the ports that are declared there`;
  return [problemAt(object, path, "PTL1113", "warning", message)];
}

function reportTwin(mesh: MeshLookup, object: Definer, path: string | undefined, service: Service): readonly Problem[] {
  const id = twinOf(mesh, service);
  if (id === undefined) return [];
  const twin = mesh.services.get(id);
  const hostname = id.slice(id.indexOf("/") + 1);
  if (twin === undefined) {
    const message = `${service.hostname} stands for the Service ${hostname}, which does not exist in this mesh: gateways here have nothing to pass it to`;
    return [problemAt(object, path, "PTL1106", "warning", message)];
  }
  return service.ports
    .filter(({ number }) => !twin.ports.some((port) => port.number === number))
    .map(({ number }) => {
      const declared = twin.ports.map((port) => port.number).join(", ");
      const message = `${service.hostname} has port ${number}, and the Service ${hostname} that it stands for has ${declared === "" ? "none" : `only ${declared}`}`;
      return problemAt(object, path, "PTL1107", "warning", message);
    });
}

/** A host of an owned suffix is there to be reached through gateways; another only where its endpoints lie behind one. */
function reportUnserved(
  mesh: MeshLookup,
  served: readonly ServedHost[],
  object: Definer,
  path: string | undefined,
  service: Service,
): readonly Problem[] {
  if (served.length === 0 || !service.exportTo.all || isServed(served, service)) return [];
  const owned = ownedSuffixOf(mesh.settings.ownedSuffixes, service.hostname) !== undefined;
  if (!owned && !endpointsBehindGateway(mesh, service.id, "mtls").length) return [];
  const message = `${service.hostname} is exported, but no AUTO_PASSTHROUGH server of a Gateway has it in its hosts: it cannot be reached from other networks`;
  return [problemAt(object, path, "PTL1105", owned ? "warning" : "info", message)];
}

function reportPlaintext(
  mesh: MeshLookup,
  object: Definer,
  path: string | undefined,
  id: ServiceId,
): readonly Problem[] {
  const [first, ...more] = endpointsBehindGateway(mesh, id, "plaintext");
  if (first === undefined) return [];
  const others = more.length === 0 ? "" : ` (and ${more.length} more)`;
  const message = `endpoint ${first.address}${others} has no Envoy and lies in network ${printable(first.network)}, which is reached through its gateway: other networks cannot reach it; inject it`;
  return [problemAt(object, path, "PTL1108", "warning", message)];
}

function endpointsBehindGateway(mesh: MeshLookup, id: ServiceId, transport: "mtls" | "plaintext") {
  if (mesh.networks.gateways.size === 0) return [];
  const endpoints = mesh.endpoints.get(id)?.endpoints ?? [];
  return endpoints.filter((one) => one.transport === transport && mesh.networks.gateways.has(one.network));
}
