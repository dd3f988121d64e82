import type { Definer } from "../compile/service.ts";
import { type PortNumber, printable } from "../names.ts";
import type { MeshObject } from "../object/object.ts";
import type { ServiceEntryObject, WorkloadEntryObject, WorkloadSpec } from "../object/service-entry.ts";
import { ownedSuffixOf, parseOwnedHost } from "../owned-host.ts";
import type { Problem } from "../problem.ts";
import { protocolFamily } from "../protocol.ts";
import type { MeshSnapshot } from "../snapshot/mesh-snapshot.ts";
import { SNI_GATEWAY_PORT } from "../well-known.ts";
import { checkAddresses } from "./check-addresses.ts";
import { problemAt } from "./problem-at.ts";

/**
 * What is wrong with an object by itself, given the mesh's settings and networks; other objects do not count. An object
 * with an error stays out of the mesh, so a registry asks this before it puts a new version in the place of a good one.
 */
export function validateObject(
  snapshot: Pick<MeshSnapshot, "settings" | "networks">,
  object: MeshObject,
): readonly Problem[] {
  switch (object.kind) {
    case "Service":
      return joined(checkAddresses(snapshot.settings, object), checkUdp(object));
    case "ServiceEntry":
      return joined(
        checkOwnedForm(snapshot, object),
        checkAddresses(snapshot.settings, object),
        checkGatewayPorts(snapshot, object),
        checkSharedAddress(object),
        checkNone(object),
        checkUdp(object),
      );
    case "WorkloadEntry":
      return checkWorkloadAtGateway(snapshot, object);
    default:
      return [];
  }
}

const NONE: readonly Problem[] = [];

/** Nearly always nothing is found. */
function joined(...lists: readonly (readonly Problem[])[]): readonly Problem[] {
  return lists.every((list) => list.length === 0) ? NONE : lists.flat();
}

function checkOwnedForm({ settings }: Pick<MeshSnapshot, "settings">, object: ServiceEntryObject): readonly Problem[] {
  return object.hosts.flatMap((host, at) => {
    const suffix = ownedSuffixOf(settings.ownedSuffixes, host);
    if (suffix === undefined || parseOwnedHost(settings.ownedSuffixes, host) !== undefined) return [];
    const message = `host ${host} must be of the form <name>.<namespace>.${suffix}: it stands for the Service <name> of that namespace`;
    return [problemAt(object, `spec.hosts.${at}`, "PTL1103", "error", message)];
  });
}

function checkGatewayPorts(snapshot: Pick<MeshSnapshot, "networks">, object: ServiceEntryObject): readonly Problem[] {
  if (snapshot.networks.gatewayNetworks.size === 0) return NONE;
  return object.endpoints.flatMap((spec, at) => {
    const network = snapshot.networks.gatewayNetworks.get(spec.address);
    if (network === undefined) return [];
    return object.ports.flatMap(({ name, number, targetPort }) => {
      const port = spec.ports.get(name) ?? targetPort ?? number;
      if (port === SNI_GATEWAY_PORT) return [];
      return [gatewayPortProblem(object, `spec.endpoints.${at}`, spec, network, name, port)];
    });
  });
}

function checkWorkloadAtGateway(
  snapshot: Pick<MeshSnapshot, "networks">,
  object: WorkloadEntryObject,
): readonly Problem[] {
  const network = snapshot.networks.gatewayNetworks.get(object.spec.address);
  if (network === undefined) return [];
  return Array.from(object.spec.ports).flatMap(([name, port]) =>
    port === SNI_GATEWAY_PORT ? [] : [gatewayPortProblem(object, "spec", object.spec, network, name, port)],
  );
}

function gatewayPortProblem(
  object: MeshObject,
  at: string,
  spec: WorkloadSpec,
  network: string,
  name: string,
  port: PortNumber,
): Problem {
  const path = spec.ports.has(name) ? `${at}.ports.${name}` : `${at}.address`;
  const message = `${spec.address} is a gateway of network ${printable(network)}, so port ${printable(name)} must be ${SNI_GATEWAY_PORT} there and not ${port}: add "ports: {${printable(name)}: ${SNI_GATEWAY_PORT}}" to the endpoint`;
  return problemAt(object, path, "PTL1104", "error", message);
}

/** HTTP hosts that share an address are told apart by Host, TLS by SNI, TCP by nothing. */
function checkSharedAddress(object: ServiceEntryObject): readonly Problem[] {
  const [first, second] = object.hosts;
  if (second === undefined || object.addresses.length === 0) return NONE;
  return object.ports.flatMap(({ number, protocol }, at) => {
    if (protocolFamily(protocol) !== "tcp") return [];
    const message = `hosts ${first} and ${second} would share ${object.addresses[0]}:${number}, and nothing in ${protocol} tells them apart: give each its own ServiceEntry and address`;
    return [problemAt(object, `spec.ports.${at}`, "PTL1109", "error", message)];
  });
}

function checkNone(object: ServiceEntryObject): readonly Problem[] {
  if (object.resolution !== "NONE") return NONE;
  return object.ports.flatMap(({ number, protocol }, at) => {
    if (protocolFamily(protocol) !== "tcp") return [];
    const message = `port ${number} is ${protocol}, and resolution NONE needs HTTP or TLS, whose Host or SNI says where the call goes: use resolution DNS or STATIC`;
    return [problemAt(object, `spec.ports.${at}`, "PTL1110", "error", message)];
  });
}

function checkUdp(object: Definer): readonly Problem[] {
  return object.ports.flatMap(({ number, protocol }, at) =>
    protocol === "UDP"
      ? [problemAt(object, `spec.ports.${at}`, "PTL1111", "info", `port ${number} is UDP, which is not carried`)]
      : [],
  );
}
