/** What is drawn: a mesh as a person would describe it, before any YAML. */
export interface MeshShape {
  readonly seed: number;
  /** Networks with a gateway; the first is the one that the machine reaches. */
  readonly networks: readonly NetworkShape[];
  readonly services: readonly ServiceShape[];
  readonly clients: readonly ClientShape[];
  readonly machine: MachineShape;
  readonly rootNamespace: string;
  readonly serviceBlock: string;
  readonly ingressPort: number;
  /** Whether a DestinationRule says mutual TLS for all exposed hosts, or nothing does. */
  readonly policyForAll: boolean;
  /** Into how many files the mesh is cut. */
  readonly fileCount: number;
}

export interface NetworkShape {
  readonly name: string;
  /** The first three numbers of its /24. */
  readonly block: string;
  readonly gateway: GatewayShape;
}

export interface GatewayShape {
  readonly name: string;
  readonly namespace: string;
  readonly account: string;
  readonly label: string;
  /** `${NAME}` or an address. */
  readonly address: string;
}

export interface ServiceShape {
  readonly name: string;
  readonly namespace: string;
  readonly account: string;
  /** `app` label of its workloads. */
  readonly app: string;
  readonly ports: readonly PortShape[];
  readonly workloads: readonly WorkloadShape[];
  readonly registered: "slices" | "endpoints" | "pods" | "workload-entries";
  readonly injectedBy: "namespace" | "label";
  /** How machines reach it; undefined: not at all. */
  readonly exposed: ExposedShape | undefined;
  /** Subsets by version; empty: no DestinationRule says any. */
  readonly subsets: readonly string[];
}

export interface PortShape {
  readonly protocol: "http" | "tcp";
  readonly name: string;
  readonly number: number;
  readonly targetPort: number;
}

export interface WorkloadShape {
  readonly name: string;
  readonly address: string;
  /** Index of its network. */
  readonly network: number;
  readonly version: string;
}

export interface ExposedShape {
  /** `name.namespace.global` */
  readonly host: string;
  /** Undefined: to be allocated. */
  readonly vip: string | undefined;
  readonly resolution: "DNS" | "STATIC";
  readonly requestsPerConnection: number;
}

export interface ClientShape {
  readonly name: string;
  readonly namespace: string;
  readonly account: string;
  readonly address: string;
  readonly network: number;
  /** Indexes of the services that it calls; each service has at most one client, since all share one host. */
  readonly calls: readonly number[];
}

export interface MachineShape {
  readonly name: string;
  readonly namespace: string;
  readonly account: string;
  readonly network: string;
  /** A machine of its own serves its Envoy on loopback or everywhere; on shared loopback it has the machine's address alone. */
  readonly isolated: { readonly address: string; readonly gateway: string; readonly listen: "0.0.0.0" | "127.0.0.1" };
  readonly loopback: { readonly address: string; readonly gateway: string };
  readonly application: { readonly name: string; readonly port: number; readonly page: "headers" | "listing" };
}

const variable = (name: string) => `\${${name}}`;

export const MACHINE_ADDRESS = variable("MACHINE_ADDRESS");
export const GATEWAY_ADDRESS = variable("GATEWAY_ADDRESS");
export const LISTEN_ADDRESS = variable("LISTEN_ADDRESS");

export function hostOf(service: ServiceShape): string {
  return `${service.name}.${service.namespace}.svc.cluster.local`;
}

export function httpPort(service: ServiceShape): PortShape {
  return service.ports.find((port) => port.protocol === "http")!;
}

/** Indexes of the networks in which a service has workloads. */
export function networksOf(service: ServiceShape): readonly number[] {
  return [...new Set(service.workloads.map((workload) => workload.network))].sort();
}
