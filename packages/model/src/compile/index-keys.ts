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

const key = (kind: string, first = "", slash = "", second = "") => `${kind}${first}${slash}${second}` as IndexKey;

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

/** Each at most once. */
export function indexKeysOf(object: MeshObject, pools: Pick<MeshSettings, "bindPool" | "capturePool">): Set<IndexKey> {
  return new Set(allKeysOf(object, pools));
}

function* allKeysOf(
  object: MeshObject,
  pools: Pick<MeshSettings, "bindPool" | "capturePool">,
): Generator<IndexKey, void, undefined> {
  const { namespace, name, labels } = object.meta;
  switch (object.kind) {
    case "Service":
      yield indexKey.host(serviceId(namespace as Namespace, serviceHostname(name, namespace)));
      yield* definerKeys(namespace, givenAddresses(object), pools);
      if (object.selector !== undefined && object.selector.size > 0) yield selectorKey(namespace, object.selector);
      if (object.externalIps.length > 0 || labels.has(NETWORK_LABEL)) yield indexKey.networkGateway();
      return;
    case "ServiceEntry":
      for (const host of object.hosts) {
        yield indexKey.host(serviceId(namespace as Namespace, host));
        const [first = "", second = ""] = host.split(".");
        yield indexKey.twin(first, second);
      }
      yield* definerKeys(namespace, givenAddresses(object), pools);
      if (object.workloadSelector !== undefined) yield selectorKey(namespace, object.workloadSelector);
      return;
    case "Pod":
    case "WorkloadEntry": {
      const address = object.kind === "Pod" ? object.address : object.spec.address;
      yield indexKey.namespace(namespace);
      for (const pair of labelsOf(object)) yield indexKey.label(namespace, pair);
      if (address !== undefined) yield indexKey.workload(namespace, address);
      return;
    }
    case "Endpoints":
    case "EndpointSlice":
      yield indexKey.endpoints(namespace, object.service);
      for (const group of object.groups) {
        for (const { address, pod } of group.addresses) {
          yield indexKey.refersToAddress(namespace, address);
          if (pod !== undefined) yield indexKey.refersToPod(namespace, pod);
        }
      }
      return;
    case "DestinationRule":
      yield indexKey.rule(namespace, object.host);
      return;
    case "Gateway":
    case "MeshConfig":
    case "MeshNetworks":
      yield indexKey.kind(object.kind);
      return;
    case "Namespace":
    case "ServiceAccount":
    case "Sidecar":
      return;
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

function* definerKeys(
  namespace: string,
  addresses: readonly IpAddress[],
  pools: Pick<MeshSettings, "bindPool" | "capturePool">,
): Generator<IndexKey, void, undefined> {
  yield indexKey.namespace(namespace);
  for (const address of addresses) {
    yield indexKey.address(address);
    if (cidrContains(pools.bindPool, address) || cidrContains(pools.capturePool, address)) yield indexKey.pool();
  }
}
