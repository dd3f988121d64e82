import { stringify } from "yaml";

/** Objects of Kubernetes and Istio as plain values, with no more than the tests say of them. */
export type Manifest = Readonly<Record<string, unknown>>;
type Labels = Readonly<Record<string, string>>;

export interface NamedPort {
  readonly name: string;
  readonly port: number;
  readonly targetPort: number;
}

export interface Place {
  readonly name: string;
  readonly address: string;
}

const NETWORK = "topology.istio.io/network";

export function yamlOf(objects: readonly Manifest[]): string {
  return objects.map((object) => stringify(object)).join("---\n");
}

export function namespaceObject(name: string, about: { injected?: boolean; network?: string } = {}): Manifest {
  const labels = {
    ...(about.injected === true ? { "istio-injection": "enabled" } : {}),
    ...(about.network === undefined ? {} : { [NETWORK]: about.network }),
  };
  return { apiVersion: "v1", kind: "Namespace", metadata: { name, labels } };
}

export function serviceAccountObject(name: string, namespace: string): Manifest {
  return { apiVersion: "v1", kind: "ServiceAccount", metadata: { name, namespace } };
}

export function serviceObject(service: {
  readonly name: string;
  readonly namespace: string;
  readonly selector: Labels;
  readonly ports: readonly NamedPort[];
}): Manifest {
  const { name, namespace, selector, ports } = service;
  return { apiVersion: "v1", kind: "Service", metadata: { name, namespace }, spec: { selector, ports } };
}

export function podObject(pod: {
  readonly name: string;
  readonly namespace: string;
  readonly serviceAccount: string;
  readonly address: string;
  readonly labels: Labels;
  readonly ports: readonly number[];
}): Manifest {
  const { name, namespace, serviceAccount, address, labels, ports } = pod;
  const containers = [{ name: "main", ports: ports.map((containerPort) => ({ containerPort })) }];
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, namespace, labels },
    spec: { serviceAccountName: serviceAccount, containers },
    status: { phase: "Running", podIP: address },
  };
}

export function workloadEntryObject(workload: {
  readonly name: string;
  readonly namespace: string;
  readonly serviceAccount: string;
  readonly address: string;
  readonly labels: Labels;
  readonly network: string;
}): Manifest {
  const { name, namespace, ...spec } = workload;
  return { apiVersion: "networking.istio.io/v1", kind: "WorkloadEntry", metadata: { name, namespace }, spec };
}

export function endpointSliceObject(slice: {
  readonly service: string;
  readonly namespace: string;
  readonly ports: readonly NamedPort[];
  readonly pods: readonly Place[];
}): Manifest {
  const { service, namespace, ports, pods } = slice;
  return {
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: { name: `${service}-abcde`, namespace, labels: { "kubernetes.io/service-name": service } },
    addressType: "IPv4",
    ports: ports.map(({ name, targetPort }) => ({ name, port: targetPort, protocol: "TCP" })),
    endpoints: pods.map(({ name, address }) => ({
      addresses: [address],
      conditions: { ready: true },
      targetRef: { kind: "Pod", name, namespace },
    })),
  };
}

export function endpointsObject(endpoints: {
  readonly service: string;
  readonly namespace: string;
  readonly ports: readonly NamedPort[];
  readonly pods: readonly Place[];
}): Manifest {
  const { service, namespace, ports, pods } = endpoints;
  return {
    apiVersion: "v1",
    kind: "Endpoints",
    metadata: { name: service, namespace },
    subsets: [
      {
        addresses: pods.map(({ name, address }) => ({ ip: address, targetRef: { kind: "Pod", name, namespace } })),
        ports: ports.map(({ name, targetPort }) => ({ name, port: targetPort, protocol: "TCP" })),
      },
    ],
  };
}

/** Any object of Istio's API groups, by its spec. */
export function istioObject(kind: string, name: string, namespace: string, spec: unknown): Manifest {
  return { apiVersion: "networking.istio.io/v1", kind, metadata: { name, namespace }, spec };
}

/** The egress hosts of a namespace's proxies, such as `shop/*`; none: they see nothing. */
export function sidecarObject(namespace: string, hosts: readonly string[]): Manifest {
  return istioObject("Sidecar", "default", namespace, { egress: [{ hosts: hosts.length === 0 ? ["~/*"] : hosts }] });
}

/** A gateway that passes mutual TLS on by its SNI, for every host of the mesh. */
export function sniGatewayObject(name: string, namespace: string, selector: Labels): Manifest {
  const port = { number: 15443, name: "tls", protocol: "TLS" };
  const hosts = ["*.global", "*.svc.cluster.local"];
  const servers = [{ port, tls: { mode: "AUTO_PASSTHROUGH" }, hosts }];
  return istioObject("Gateway", name, namespace, { selector, servers });
}

export interface MeshNetwork {
  readonly name: string;
  readonly blocks: readonly string[];
  readonly gateways: readonly string[];
}

/** The ConfigMap with the mesh's settings and networks. */
export function meshConfigMap(mesh: Manifest, networks: readonly MeshNetwork[]): Manifest {
  const entries = networks.map(({ name, blocks, gateways }) => [
    name,
    {
      endpoints: blocks.map((fromCidr) => ({ fromCidr })),
      ...(gateways.length === 0 ? {} : { gateways: gateways.map((address) => ({ address, port: 15443 })) }),
    },
  ]);
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "istio", namespace: "istio-system" },
    data: { mesh: stringify(mesh), meshNetworks: stringify({ networks: Object.fromEntries(entries) }) },
  };
}
