import type { Hostname, PortNumber, ServiceAccountName } from "./names.ts";

/** Domain of Kubernetes Services: `<name>.<namespace>.svc.cluster.local`. */
export const CLUSTER_DOMAIN = "cluster.local";
export const SERVICE_SUFFIX = `svc.${CLUSTER_DOMAIN}` as Hostname;

/** Where an SNI gateway takes calls from other networks. */
export const SNI_GATEWAY_PORT = 15443 as PortNumber;
/** Where a sidecar takes mutual TLS for every port of its application. */
export const INBOUND_PORT = 15006 as PortNumber;
/** The SNI by which the control plane is reached through a gateway. */
export const CONTROL_PLANE_SNI = "istiod.istio-system.svc";

export const DEFAULT_SERVICE_ACCOUNT = "default" as ServiceAccountName;

/** Labels and annotations of Istio that have a meaning here. */
export const NETWORK_LABEL = "topology.istio.io/network";
export const TLS_MODE_LABEL = "security.istio.io/tlsMode";
export const INJECT_LABEL = "sidecar.istio.io/inject";
export const NAMESPACE_INJECTION_LABEL = "istio-injection";
export const GATEWAY_PORT_LABEL = "networking.istio.io/gatewayPort";
export const LOCALITY_LABEL = "istio-locality";
