import type { IpAddress } from "../address.ts";
import { cidrContains } from "../cidr.ts";
import type { Hostname, Namespace, ServiceId } from "../names.ts";
import { serviceId } from "../names.ts";
import { firstPair } from "../object/labels.ts";
import type { Labels } from "../object/meta.ts";
import type { MeshObject } from "../object/object.ts";
import { serviceHostname } from "../owned-host.ts";
import type { IndexKey, MeshSettings } from "../snapshot/mesh-snapshot.ts";
import { NETWORK_LABEL } from "../well-known.ts";
import { givenAddresses } from "./given-addresses.ts";

// Joined, as `objectKey` is.
const key = (...parts: readonly string[]) => parts.join("") as IndexKey;

/** By what an object is found again. Every entry is a function of the object alone. */
export const indexKey = {
  kind: (kind: MeshObject["kind"]) => key("kind:", kind),
  /** Services, ServiceEntries, Pods and WorkloadEntries of a namespace. */
  namespace: (namespace: string) => key("namespace:", namespace),
  /** Services and ServiceEntries that define a service. */
  host: (id: ServiceId) => key("host:", id),
  /** ServiceEntries with a host `<name>.<namespace>.<anything>`. */
  twin: (name: string, namespace: string) => key("twin:", namespace, "/", name),
  /** Services and ServiceEntries that give an address. */
  address: (address: IpAddress) => key("address:", address),
  /** Those that give an address in one of the VIP pools. */
  pool: () => key("pool:"),
  /** Services and ServiceEntries whose selector's first pair is this; `undefined`: the selector is empty. */
  selector: (namespace: string, pair: readonly [string, string] | undefined) =>
    key("selector:", namespace, "/", pair === undefined ? "" : pair.join("=")),
  /** Pods and WorkloadEntries with this label. */
  label: (namespace: string, pair: readonly [string, string]) => key("label:", namespace, "/", pair.join("=")),
  /** Pods and WorkloadEntries at an address. */
  workload: (namespace: string, address: string) => key("workload:", namespace, "/", address),
  /** Endpoints and EndpointSlices of a Service. */
  endpoints: (namespace: string, service: string) => key("endpoints:", namespace, "/", service),
  /** Endpoints and EndpointSlices that name a Pod, or an address. */
  refersToPod: (namespace: string, pod: string) => key("refers-pod:", namespace, "/", pod),
  refersToAddress: (namespace: string, address: string) => key("refers-address:", namespace, "/", address),
  /** Services that say where a network's gateways are. */
  networkGateway: () => key("network-gateway:"),
  /** DestinationRules of a namespace for a host. */
  rule: (namespace: string, host: Hostname | "*") => key("rule:", namespace, "/", host),
};

/** Some may be there twice. */
export function indexKeysOf(
  object: MeshObject,
  pools: Pick<MeshSettings, "bindPool" | "capturePool">,
): readonly IndexKey[] {
  const keys: IndexKey[] = [];
  const { namespace, name, labels } = object.meta;
  switch (object.kind) {
    case "Service":
      keys.push(indexKey.host(serviceId(namespace as Namespace, serviceHostname(name, namespace))));
      addDefinerKeys(keys, namespace, givenAddresses(object), pools);
      if (object.selector !== undefined && object.selector.size > 0) keys.push(selectorKey(namespace, object.selector));
      if (object.externalIps.length > 0 || labels.has(NETWORK_LABEL)) keys.push(indexKey.networkGateway());
      return keys;
    case "ServiceEntry":
      for (const host of object.hosts) {
        keys.push(indexKey.host(serviceId(namespace as Namespace, host)));
        const [first = "", second = ""] = host.split(".");
        keys.push(indexKey.twin(first, second));
      }
      addDefinerKeys(keys, namespace, givenAddresses(object), pools);
      if (object.workloadSelector !== undefined) keys.push(selectorKey(namespace, object.workloadSelector));
      return keys;
    case "Pod":
    case "WorkloadEntry": {
      const address = object.kind === "Pod" ? object.address : object.spec.address;
      keys.push(indexKey.namespace(namespace));
      for (const pair of labelsOf(object)) keys.push(indexKey.label(namespace, pair));
      if (address !== undefined) keys.push(indexKey.workload(namespace, address));
      return keys;
    }
    case "Endpoints":
    case "EndpointSlice":
      keys.push(indexKey.endpoints(namespace, object.service));
      for (const group of object.groups) {
        for (const { address, pod } of group.addresses) {
          keys.push(indexKey.refersToAddress(namespace, address));
          if (pod !== undefined) keys.push(indexKey.refersToPod(namespace, pod));
        }
      }
      return keys;
    case "DestinationRule":
      keys.push(indexKey.rule(namespace, object.host));
      return keys;
    case "Gateway":
    case "MeshConfig":
    case "MeshNetworks":
      keys.push(indexKey.kind(object.kind));
      return keys;
    case "Namespace":
    case "ServiceAccount":
    case "Sidecar":
      return keys;
  }
}

/** A WorkloadEntry is selected by its spec's labels (Istio's WorkloadEntry reference), and by those of its metadata. */
export function labelsOf(object: Extract<MeshObject, { kind: "Pod" | "WorkloadEntry" }>): Labels {
  if (object.kind === "Pod") return object.meta.labels;
  return object.meta.labels.size === 0 ? object.spec.labels : new Map([...object.meta.labels, ...object.spec.labels]);
}

function selectorKey(namespace: string, selector: Labels): IndexKey {
  return indexKey.selector(namespace, firstPair(selector));
}

function addDefinerKeys(
  keys: IndexKey[],
  namespace: string,
  addresses: readonly IpAddress[],
  pools: Pick<MeshSettings, "bindPool" | "capturePool">,
): void {
  keys.push(indexKey.namespace(namespace));
  for (const address of addresses) {
    keys.push(indexKey.address(address));
    if (cidrContains(pools.bindPool, address) || cidrContains(pools.capturePool, address)) keys.push(indexKey.pool());
  }
}
