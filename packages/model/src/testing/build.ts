import { type IpAddress, parseIpAddress } from "../address.ts";
import { type Cidr, parseCidr } from "../cidr.ts";
import {
  type Hostname,
  type Namespace,
  type NetworkId,
  type PortNumber,
  parseHostname,
  parseNamespace,
  parseNetworkId,
  parsePortNumber,
  parseServiceAccountName,
} from "../names.ts";
import type { ClientTls, DestinationRuleObject } from "../object/destination-rule.ts";
import type { EndpointsObject } from "../object/endpoints.ts";
import type { GatewayObject, HostScope, SidecarObject } from "../object/gateway.ts";
import type { MeshNetworksObject, MeshSettingsObject, ProxyMode } from "../object/mesh.ts";
import type { ExportTo, Labels, ObjectMeta } from "../object/meta.ts";
import type { NamespaceObject, PodObject } from "../object/pod.ts";
import type { ServiceObject } from "../object/service.ts";
import type { ServiceEntryObject, WorkloadEntryObject, WorkloadSpec } from "../object/service-entry.ts";
import { parseProtocol, protocolOfPort } from "../protocol.ts";
import type { Result } from "../result.ts";
import { parseTrustDomain } from "../spiffe.ts";

/**
 * Objects for tests, from plain words: `service({ name: "reviews", namespace: "shop", ports: ["http:80:8080"] })`. A port is
 * `name:number`, or `name:number:target`; the protocol comes from the name, or is put behind the number as `/TCP`.
 */
export interface MetaWords {
  readonly name?: string;
  readonly namespace?: string;
  readonly labels?: Record<string, string>;
  readonly annotations?: Record<string, string>;
  readonly source?: string;
  readonly file?: string;
  readonly line?: number;
  /** Field -> line. */
  readonly positions?: Record<string, number>;
}

export function meta(words: MetaWords, name: string): ObjectMeta {
  return {
    name: words.name ?? name,
    namespace: words.namespace === "" ? "" : namespaceName(words.namespace ?? "shop"),
    labels: labels(words.labels),
    annotations: labels(words.annotations),
    origin: {
      source: words.source ?? "files",
      file: words.file ?? "mesh.yaml",
      position: { line: words.line ?? 1, column: 1 },
    },
    positions: new Map(Object.entries(words.positions ?? {}).map(([path, line]) => [path, { line, column: 3 }])),
  };
}

export function service(
  words: MetaWords & {
    readonly ports?: readonly string[];
    readonly selector?: Record<string, string>;
    readonly clusterIps?: readonly string[];
    readonly headless?: boolean;
    readonly externalName?: string;
    readonly externalIps?: readonly string[];
    readonly exportTo?: readonly string[];
  },
): ServiceObject {
  return {
    kind: "Service",
    meta: meta(words, "reviews"),
    clusterIps: (words.clusterIps ?? []).map(ip),
    headless: words.headless ?? false,
    externalName: words.externalName === undefined ? undefined : host(words.externalName),
    selector: words.selector === undefined ? undefined : labels(words.selector),
    ports: (words.ports ?? ["http:80"]).map((text) => {
      const { name, number, protocol, target } = portWords(text);
      return { name, number, protocol, targetPort: target ?? number };
    }),
    externalIps: (words.externalIps ?? []).map(ip),
    exportTo: exportTo(words.exportTo),
  };
}

export function serviceEntry(
  words: MetaWords & {
    readonly hosts?: readonly string[];
    readonly addresses?: readonly string[];
    readonly ports?: readonly string[];
    readonly location?: ServiceEntryObject["location"];
    readonly resolution?: ServiceEntryObject["resolution"];
    readonly endpoints?: readonly SpecWords[];
    readonly selector?: Record<string, string>;
    readonly exportTo?: readonly string[];
  },
): ServiceEntryObject {
  return {
    kind: "ServiceEntry",
    meta: meta(words, "entry"),
    hosts: (words.hosts ?? ["reviews.shop.global"]).map(host),
    addresses: (words.addresses ?? []).map((text): IpAddress | Cidr => (text.includes("/") ? cidr(text) : ip(text))),
    ports: (words.ports ?? ["http:80"]).map((text) => {
      const { name, number, protocol, target } = portWords(text);
      return { name, number, protocol, targetPort: typeof target === "number" ? target : undefined };
    }),
    location: words.location ?? "MESH_INTERNAL",
    resolution: words.resolution ?? "STATIC",
    endpoints: (words.endpoints ?? []).map(workloadSpec),
    workloadSelector: words.selector === undefined ? undefined : labels(words.selector),
    exportTo: exportTo(words.exportTo),
    subjectAltNames: [],
  };
}

export interface SpecWords {
  readonly address: string;
  readonly ports?: Record<string, number>;
  readonly labels?: Record<string, string>;
  readonly network?: string;
  readonly locality?: string;
  readonly weight?: number;
  readonly serviceAccount?: string;
}

export function workloadSpec(words: SpecWords): WorkloadSpec {
  const parsed = parseIpAddress(words.address);
  return {
    address: parsed.ok ? parsed.value : host(words.address),
    ports: new Map(Object.entries(words.ports ?? {}).map(([name, number]) => [name, port(number)])),
    labels: labels(words.labels),
    network: words.network === undefined ? undefined : network(words.network),
    locality: words.locality,
    weight: words.weight,
    serviceAccount:
      words.serviceAccount === undefined ? undefined : known(parseServiceAccountName(words.serviceAccount)),
  };
}

export function workloadEntry(words: Omit<MetaWords, "labels"> & SpecWords): WorkloadEntryObject {
  return { kind: "WorkloadEntry", meta: meta({ ...words, labels: {} }, "machine"), spec: workloadSpec(words) };
}

export function pod(
  words: MetaWords & {
    readonly address?: string;
    readonly serviceAccount?: string;
    readonly ports?: Record<string, number>;
    readonly ready?: boolean;
  },
): PodObject {
  return {
    kind: "Pod",
    meta: meta(words, "reviews-1"),
    address: words.address === undefined ? undefined : ip(words.address),
    serviceAccount: known(parseServiceAccountName(words.serviceAccount ?? "default")),
    containerPorts: Object.entries(words.ports ?? {}).map(([name, number]) => ({ name, number: port(number) })),
    ready: words.ready ?? true,
  };
}

export function namespace(name: string, words: Record<string, string> = {}): NamespaceObject {
  return { kind: "Namespace", meta: meta({ name, namespace: "", labels: words }, name) };
}

export function endpoints(
  words: MetaWords & {
    readonly kind?: EndpointsObject["kind"];
    readonly service?: string;
    readonly ports?: Record<string, number>;
    readonly addresses?: readonly { address: string; ready?: boolean; pod?: string; zone?: string }[];
  },
): EndpointsObject {
  const named = meta(words, "reviews");
  return {
    kind: words.kind ?? "Endpoints",
    meta: named,
    service: words.service ?? named.name,
    groups: [
      {
        addresses: (words.addresses ?? []).map((one) => ({
          address: ip(one.address),
          ready: one.ready ?? true,
          pod: one.pod,
          zone: one.zone,
        })),
        ports: Object.entries(words.ports ?? { http: 8080 }).map(([name, number]) => ({ name, number: port(number) })),
      },
    ],
  };
}

/** Hosts as `host` or `namespace/host`. */
export function gateway(
  words: MetaWords & { readonly selector?: Record<string, string>; readonly hosts?: readonly string[]; port?: number },
): GatewayObject {
  return {
    kind: "Gateway",
    meta: meta({ namespace: "istio-system", ...words }, "east-west"),
    selector: labels(words.selector),
    servers: [
      {
        port: { number: port(words.port ?? 15443), name: "tls" },
        mode: "AUTO_PASSTHROUGH",
        bind: undefined,
        hosts: (words.hosts ?? ["*"]).map(scope),
      },
    ],
  };
}

export function sidecar(
  words: MetaWords & { readonly selector?: Record<string, string>; readonly hosts?: readonly string[] },
): SidecarObject {
  return {
    kind: "Sidecar",
    meta: meta(words, "default"),
    workloadSelector: words.selector === undefined ? undefined : labels(words.selector),
    egress: words.hosts?.map(scope),
  };
}

export function destinationRule(
  words: MetaWords & {
    readonly host: string;
    readonly subsets?: Record<string, Record<string, string>>;
    readonly tls?: ClientTls;
    readonly selector?: Record<string, string>;
    readonly exportTo?: readonly string[];
  },
): DestinationRuleObject {
  return {
    kind: "DestinationRule",
    meta: meta(words, "rule"),
    host: words.host === "*" ? "*" : host(words.host),
    policy: { tls: words.tls, connectionPool: undefined },
    portPolicies: new Map(),
    subsets: Object.entries(words.subsets ?? {}).map(([name, pairs]) => ({
      name,
      labels: labels(pairs),
      policy: { tls: undefined, connectionPool: undefined },
    })),
    exportTo: exportTo(words.exportTo),
    workloadSelector: words.selector === undefined ? undefined : labels(words.selector),
  };
}

export function meshConfig(
  words: MetaWords & {
    readonly trustDomain?: string;
    readonly rootNamespace?: string;
    readonly mode?: ProxyMode;
    readonly ownedSuffixes?: readonly string[];
  },
): MeshSettingsObject {
  return {
    kind: "MeshConfig",
    meta: meta({ namespace: "istio-system", ...words }, "istio"),
    trustDomain: words.trustDomain === undefined ? undefined : known(parseTrustDomain(words.trustDomain)),
    rootNamespace: words.rootNamespace === undefined ? undefined : namespaceName(words.rootNamespace),
    mode: words.mode,
    ownedSuffixes: words.ownedSuffixes?.map(host),
    serviceCidrs: [],
    bindPool: undefined,
    capturePool: undefined,
  };
}

export function meshNetworks(
  networks: Record<
    string,
    {
      readonly cidrs?: readonly string[];
      readonly registries?: readonly string[];
      /** `address:port`; the port is 15443 unless said. */
      readonly gateways?: readonly string[];
    }
  >,
  words: MetaWords = {},
): MeshNetworksObject {
  return {
    kind: "MeshNetworks",
    meta: meta({ namespace: "istio-system", ...words }, "istio"),
    networks: new Map(
      Object.entries(networks).map(([id, spec]) => [
        network(id),
        {
          fromCidrs: (spec.cidrs ?? []).map(cidr),
          fromRegistries: spec.registries ?? [],
          gateways: (spec.gateways ?? []).map((text) => {
            const [address = "", number = "15443"] = text.split(":");
            const parsed = parseIpAddress(address);
            return { address: parsed.ok ? parsed.value : host(address), port: port(Number(number)) };
          }),
        },
      ]),
    ),
  };
}

export const host = (text: string): Hostname => known(parseHostname(text));
export const ip = (text: string): IpAddress => known(parseIpAddress(text));
export const cidr = (text: string): Cidr => known(parseCidr(text));
export const port = (number: number): PortNumber => known(parsePortNumber(number));
export const network = (text: string): NetworkId => (text === "" ? ("" as NetworkId) : known(parseNetworkId(text)));
export const namespaceName = (text: string): Namespace => known(parseNamespace(text));
export const labels = (pairs: Record<string, string> = {}): Labels => new Map(Object.entries(pairs));

function exportTo(words: readonly string[] = ["*"]): ExportTo {
  return {
    all: words.includes("*"),
    own: words.includes("."),
    namespaces: words.filter((word) => !["*", ".", "~"].includes(word)).map(namespaceName),
  };
}

function scope(text: string): HostScope {
  const [first = "", second] = text.split("/");
  const where = second === undefined ? "*" : first;
  const what = second ?? first;
  return {
    namespace: where === "*" || where === "." || where === "~" ? where : namespaceName(where),
    host: what === "*" ? "*" : host(what),
  };
}

function portWords(text: string) {
  const [name = "", numbered = "", target] = text.split(":");
  const [number = "", said] = numbered.split("/");
  const protocol = said === undefined ? undefined : parseProtocol(said);
  const targetPort = target === undefined || !/^\d+$/.test(target) ? target : port(Number(target));
  return {
    name,
    number: port(Number(number)),
    protocol: protocol ?? protocolOfPort(name, "TCP", undefined),
    target: targetPort,
  };
}

function known<Value>(parsed: Result<Value>): Value {
  if (!parsed.ok) throw new Error(parsed.error);
  return parsed.value;
}
