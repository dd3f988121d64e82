import type {
  ClientTls,
  ConnectionPool,
  DestinationRuleObject,
  ExportTo,
  GatewayObject,
  Hostname,
  IpAddress,
  Labels,
  MeshNetworksObject,
  Namespace,
  NamespaceObject,
  NetworkId,
  ObjectMeta,
  PodObject,
  PortNumber,
  Protocol,
  ServiceAccountName,
  ServiceEntryObject,
  ServiceObject,
  SidecarObject,
  TrafficPolicy,
  WorkloadSpec,
} from "@portolan/model";

/** Objects for tests, in plain words. A port is `PROTOCOL:number` or `PROTOCOL:number:target`, its name `p-number`. */
type Words = Readonly<Record<string, string>>;

export function metaOf(namespace: string, name: string, labels: Words = {}): ObjectMeta {
  return {
    namespace: namespace as Namespace,
    name,
    labels: labelsOf(labels),
    annotations: new Map(),
    origin: { source: "files", file: "mesh.yaml" },
    positions: new Map(),
  };
}

export function labelsOf(words: Words = {}): Labels {
  return new Map(Object.entries(words));
}

export function exportTo(words: readonly string[] = ["*"]): ExportTo {
  return {
    all: words.includes("*"),
    own: words.includes("."),
    namespaces: words.filter((word) => word !== "*" && word !== ".") as Namespace[],
  };
}

export interface EndpointWords {
  readonly address: string;
  readonly network?: string;
  readonly account?: string;
  readonly labels?: Words;
  readonly weight?: number;
  readonly locality?: string;
  readonly ports?: Readonly<Record<string, number>>;
}

export function entry(words: {
  readonly host: string;
  readonly hosts?: readonly string[];
  readonly namespace?: string;
  readonly name?: string;
  readonly addresses?: readonly string[];
  readonly ports?: readonly string[];
  readonly endpoints?: readonly EndpointWords[];
  readonly external?: boolean;
  readonly resolution?: "STATIC" | "DNS" | "NONE";
  readonly exportTo?: readonly string[];
}): ServiceEntryObject {
  return {
    kind: "ServiceEntry",
    meta: metaOf(words.namespace ?? "shop", words.name ?? words.host),
    hosts: [words.host, ...(words.hosts ?? [])] as Hostname[],
    addresses: (words.addresses ?? []) as IpAddress[],
    ports: (words.ports ?? ["HTTP:8000"]).map((text) => {
      const { protocol, number, target } = portOf(text);
      return { name: `p-${number}`, number, protocol, targetPort: target };
    }),
    location: words.external === true ? "MESH_EXTERNAL" : "MESH_INTERNAL",
    resolution: words.resolution ?? "STATIC",
    endpoints: (words.endpoints ?? []).map(workloadSpec),
    workloadSelector: undefined,
    exportTo: exportTo(words.exportTo),
    subjectAltNames: [],
  };
}

function workloadSpec(words: EndpointWords): WorkloadSpec {
  return {
    address: words.address as IpAddress,
    ports: new Map(Object.entries(words.ports ?? {})) as Map<string, PortNumber>,
    labels: labelsOf(words.labels),
    network: words.network as NetworkId | undefined,
    locality: words.locality,
    weight: words.weight,
    serviceAccount: words.account as ServiceAccountName | undefined,
  };
}

export function service(words: {
  readonly name: string;
  readonly namespace?: string;
  readonly ports?: readonly string[];
  readonly selector?: Words;
}): ServiceObject {
  return {
    kind: "Service",
    meta: metaOf(words.namespace ?? "shop", words.name),
    clusterIps: [],
    headless: false,
    externalName: undefined,
    selector: labelsOf(words.selector ?? { app: words.name }),
    ports: (words.ports ?? ["HTTP:8000"]).map((text) => {
      const { protocol, number, target } = portOf(text);
      return { name: `p-${number}`, number, protocol, targetPort: target ?? number };
    }),
    externalIps: [],
    exportTo: exportTo(),
  };
}

export function pod(words: {
  readonly name: string;
  readonly namespace?: string;
  readonly address: string;
  readonly labels: Words;
  readonly network?: string;
  readonly ready?: boolean;
}): PodObject {
  const network: Words = words.network === undefined ? {} : { "topology.istio.io/network": words.network };
  return {
    kind: "Pod",
    meta: metaOf(words.namespace ?? "shop", words.name, { ...words.labels, ...network }),
    address: words.address as IpAddress,
    serviceAccount: "default" as ServiceAccountName,
    containerPorts: [],
    ready: words.ready ?? true,
  };
}

/** A namespace whose workloads have an Envoy. */
export function injected(name: string): NamespaceObject {
  return { kind: "Namespace", meta: { ...metaOf("", name, { "istio-injection": "enabled" }), namespace: "" } };
}

export function rule(words: {
  readonly host: string;
  readonly namespace?: string;
  readonly name?: string;
  readonly tls?: ClientTls;
  readonly pool?: Partial<ConnectionPool>;
  readonly subsets?: Readonly<Record<string, Words>>;
  readonly exportTo?: readonly string[];
  readonly selector?: Words;
}): DestinationRuleObject {
  return {
    kind: "DestinationRule",
    meta: metaOf(words.namespace ?? "shop", words.name ?? words.host),
    host: words.host as Hostname,
    policy: policy(words.tls, words.pool),
    portPolicies: new Map(),
    subsets: Object.entries(words.subsets ?? {}).map(([name, labels]) => ({
      name,
      labels: labelsOf(labels),
      policy: policy(),
    })),
    exportTo: exportTo(words.exportTo),
    workloadSelector: words.selector === undefined ? undefined : labelsOf(words.selector),
  };
}

export function policy(tls?: ClientTls, pool?: Partial<ConnectionPool>): TrafficPolicy {
  return { tls, connectionPool: pool === undefined ? undefined : { ...noPool, ...pool } };
}

const noPool: ConnectionPool = {
  maxConnections: undefined,
  connectTimeoutMs: undefined,
  http1MaxPendingRequests: undefined,
  http2MaxRequests: undefined,
  maxRequestsPerConnection: undefined,
  maxRetries: undefined,
  idleTimeoutMs: undefined,
  h2Upgrade: false,
};

export function sidecar(namespace: string, hosts: readonly string[], selector?: Words): SidecarObject {
  return {
    kind: "Sidecar",
    meta: metaOf(namespace, selector === undefined ? "default" : Object.values(selector).join("-")),
    workloadSelector: selector === undefined ? undefined : labelsOf(selector),
    egress: hosts.map(hostScope),
  };
}

/** Servers by port; 15443 passes SNI on, others take plain HTTP. */
export function gateway(servers: Readonly<Record<number, readonly string[]>>, name = "gateway"): GatewayObject {
  return {
    kind: "Gateway",
    meta: metaOf("istio-system", name),
    selector: labelsOf({ istio: "gateway" }),
    servers: Object.entries(servers).map(([port, hosts]) => ({
      port: { number: Number(port) as PortNumber, name: `p-${port}` },
      mode: port === "15443" ? "AUTO_PASSTHROUGH" : "HTTP",
      bind: undefined,
      hosts: hosts.map(hostScope),
    })),
  };
}

function hostScope(text: string) {
  const [namespace, host] = text.includes("/") ? (text.split("/") as [string, string]) : ["*", text];
  return { namespace: namespace as "*", host: host as "*" };
}

/** Networks with their gateways' addresses. */
export function networks(words: Readonly<Record<string, readonly string[]>>): MeshNetworksObject {
  return {
    kind: "MeshNetworks",
    meta: metaOf("istio-system", "istio"),
    networks: new Map(
      Object.entries(words).map(([name, addresses]) => [
        name as NetworkId,
        {
          fromCidrs: [],
          fromRegistries: [],
          gateways: addresses.map((address) => ({ address: address as IpAddress, port: 15443 as PortNumber })),
        },
      ]),
    ),
  };
}

function portOf(text: string): { protocol: Protocol; number: PortNumber; target: PortNumber | undefined } {
  const [protocol, number, target] = text.split(":");
  return {
    protocol: protocol as Protocol,
    number: Number(number) as PortNumber,
    target: target === undefined ? undefined : (Number(target) as PortNumber),
  };
}
