import type { IpAddress } from "../address.ts";
import type { Cidr } from "../cidr.ts";
import type { Hostname, Namespace, NetworkId, PortNumber } from "../names.ts";
import type { TrustDomain } from "../spiffe.ts";
import type { ObjectMeta } from "./meta.ts";

/** The mesh's settings: the key `mesh` of the ConfigMap `istio`, or a file `mesh.yaml`. Undefined fields keep the default. */
export interface MeshSettingsObject {
  readonly kind: "MeshConfig";
  readonly meta: ObjectMeta;
  readonly trustDomain: TrustDomain | undefined;
  readonly rootNamespace: Namespace | undefined;
  /** Whether a VM without `--inbound-ports` etc.; see `docs/ARCHITECTURE.md`, Modes. */
  readonly mode: ProxyMode | undefined;
  /** Suffixes of which names are `<name>.<namespace>.<suffix>` and owned by the mesh; default `global`. */
  readonly ownedSuffixes: readonly Hostname[] | undefined;
  /** `ISTIO_SERVICE_CIDR` of `portolan cluster-env`. */
  readonly serviceCidrs: readonly Cidr[];
  /** Blocks of which each mode's VIPs are; see `whyNotPool`. */
  readonly bindPool: Cidr | undefined;
  readonly capturePool: Cidr | undefined;
}

/** How applications' traffic reaches Envoy: it listens on the VIPs, or it is redirected to it. */
export type ProxyMode = "bind" | "capture";

/** Mesh networks: the key `meshNetworks` of the ConfigMap `istio`, or a file `mesh-networks.yaml`. */
export interface MeshNetworksObject {
  readonly kind: "MeshNetworks";
  readonly meta: ObjectMeta;
  readonly networks: ReadonlyMap<NetworkId, NetworkSpec>;
}

export interface NetworkSpec {
  readonly fromCidrs: readonly Cidr[];
  /** Cluster ids whose endpoints lie in this network. */
  readonly fromRegistries: readonly string[];
  readonly gateways: readonly NetworkGateway[];
}

/** A gateway's address as other networks dial it, or the Service whose external addresses are meant. */
export interface NetworkGateway {
  readonly address: IpAddress | Hostname;
  readonly port: PortNumber;
}
