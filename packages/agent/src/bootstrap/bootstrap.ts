import {
  ApiConfigSource_ApiType,
  ApiVersion,
  type Bootstrap,
  BootstrapSchema,
  create,
  DownstreamConnectionsConfigSchema,
  envoyRegistry,
  packAny,
  toJson,
} from "@portolan/envoy";
import { bootstrapNode } from "./node.ts";
import { type BootstrapOptions, CONTROL_PLANE_NAME } from "./options.ts";
import { loopbackAddress, statsCluster, statsListener } from "./stats.ts";
import { XDS_CLUSTER, xdsCluster } from "./xds-cluster.ts";

/** Of one Envoy; above it, new ones are refused rather than memory exhausted. */
const MAX_CONNECTIONS = 50_000n;

/**
 * What an Envoy needs to join the mesh: who it is, and how it reaches the control plane; everything else comes over ADS.
 * The admin port is on 127.0.0.1 and nowhere else.
 */
export function createBootstrap(options: BootstrapOptions): Bootstrap {
  const { adminPort, statsPort } = options;
  const ads = {
    configSourceSpecifier: { case: "ads" as const, value: {} },
    resourceApiVersion: ApiVersion.V3,
    // Wait for the control plane for as long as it takes: a proxy without its listeners is of no use.
    initialFetchTimeout: { seconds: 0n },
  };
  return create(BootstrapSchema, {
    node: bootstrapNode(options),
    admin: { address: loopbackAddress(adminPort) },
    dynamicResources: {
      adsConfig: {
        apiType: options.dialect === "delta" ? ApiConfigSource_ApiType.DELTA_GRPC : ApiConfigSource_ApiType.GRPC,
        transportApiVersion: ApiVersion.V3,
        setNodeOnFirstMessageOnly: true,
        grpcServices: [
          {
            targetSpecifier: {
              case: "envoyGrpc",
              value: { clusterName: XDS_CLUSTER, authority: CONTROL_PLANE_NAME, retryPolicy: reconnect },
            },
          },
        ],
      },
      cdsConfig: ads,
      ldsConfig: ads,
    },
    staticResources: {
      clusters: [xdsCluster(options), ...(statsPort === undefined ? [] : [statsCluster(adminPort)])],
      listeners: statsPort === undefined ? [] : [statsListener(statsPort)],
    },
    overloadManager: {
      resourceMonitors: [
        {
          name: "envoy.resource_monitors.global_downstream_max_connections",
          configType: { case: "typedConfig", value: packAny(DownstreamConnectionsConfigSchema, connectionLimit) },
        },
      ],
    },
  });
}

/** Jittered by Envoy; its own maximum of 30 s is long for a proxy whose control plane is back. */
const reconnect = { retryBackOff: { baseInterval: { nanos: 500_000_000 }, maxInterval: { seconds: 10n } } };

const connectionLimit = create(DownstreamConnectionsConfigSchema, { maxActiveDownstreamConnections: MAX_CONNECTIONS });

/** JSON, as `envoy -c` reads it. */
export function formatBootstrap(bootstrap: Bootstrap): string {
  const json = toJson(BootstrapSchema, bootstrap, { registry: envoyRegistry(), useProtoFieldName: true });
  return `${JSON.stringify(json, null, 2)}\n`;
}
