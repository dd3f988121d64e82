import {
  Cluster_DiscoveryType,
  type ClusterSchema,
  create,
  type MessageInitShape,
  packAny,
  UpstreamHttpProtocolOptionsSchema,
} from "@portolan/envoy";
import { ipBytes } from "@portolan/model";
import type { BootstrapOptions } from "./options.ts";
import { controlPlaneTransport } from "./tls.ts";

/** The name of the cluster that leads to the control plane, as in Istio's bootstraps. */
export const XDS_CLUSTER = "xds-grpc";

export function xdsCluster(options: BootstrapOptions): MessageInitShape<typeof ClusterSchema> {
  const { authentication, controlPlane } = options;
  const isAddress = ipBytes(controlPlane.host) !== undefined;
  return {
    name: XDS_CLUSTER,
    clusterDiscoveryType: {
      case: "type",
      value: isAddress ? Cluster_DiscoveryType.STATIC : Cluster_DiscoveryType.STRICT_DNS,
    },
    connectTimeout: { seconds: 5n },
    loadAssignment: { clusterName: XDS_CLUSTER, endpoints: [{ lbEndpoints: [endpoint(options)] }] },
    typedExtensionProtocolOptions: { "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": http2 },
    // A path that dropped silently is noticed by the pings above it; this clears it out of the kernel.
    upstreamConnectionOptions: { tcpKeepalive: { keepaliveTime: 60, keepaliveInterval: 15, keepaliveProbes: 3 } },
    ...(authentication.kind === "mtls" ? { transportSocket: controlPlaneTransport(authentication) } : {}),
  };
}

function endpoint({ controlPlane: { host, port } }: BootstrapOptions) {
  const socketAddress = { address: host, portSpecifier: { case: "portValue" as const, value: port } };
  const address = { address: { case: "socketAddress" as const, value: socketAddress } };
  return { hostIdentifier: { case: "endpoint" as const, value: { address } } };
}

const http2 = packAny(
  UpstreamHttpProtocolOptionsSchema,
  create(UpstreamHttpProtocolOptionsSchema, {
    upstreamProtocolOptions: {
      case: "explicitHttpConfig",
      value: {
        protocolConfig: {
          case: "http2ProtocolOptions",
          value: { connectionKeepalive: { interval: { seconds: 30n }, timeout: { seconds: 10n } } },
        },
      },
    },
  }),
);
