import { join } from "node:path";
import { type EnvoyProcess, launchEnvoy } from "@portolan/agent";
import { WORKLOAD_FILES } from "@portolan/identity";
import type { Dialect } from "@portolan/xds";
import { findEnvoy } from "../../scripts/envoy.ts";
import type { TemporaryFolder } from "../testing/temporary-folder.ts";

export interface AdsEnvoyOptions {
  readonly folder: TemporaryFolder;
  readonly name: string;
  /** On loopback. */
  readonly port: number;
  readonly dialect: Dialect;
  /** A folder of `WORKLOAD_FILES`, for mutual TLS; default plaintext. */
  readonly certs?: string;
}

/** An Envoy that takes everything over one ADS stream from a server on loopback. */
export async function startAdsEnvoy({ folder, name, port, dialect, certs }: AdsEnvoyOptions): Promise<EnvoyProcess> {
  const address = { socketAddress: { address: "127.0.0.1", portValue: port } };
  const ads = { ads: {}, resourceApiVersion: "V3" };
  const bootstrap = {
    node: { id: name, cluster: "e2e" },
    admin: { address: { socketAddress: { address: "127.0.0.1", portValue: 0 } } },
    dynamicResources: {
      adsConfig: {
        apiType: dialect === "delta" ? "DELTA_GRPC" : "GRPC",
        transportApiVersion: "V3",
        setNodeOnFirstMessageOnly: true,
        grpcServices: [{ envoyGrpc: { clusterName: "xds" } }],
      },
      cdsConfig: ads,
      ldsConfig: ads,
    },
    staticResources: {
      clusters: [
        {
          name: "xds",
          type: "STATIC",
          connectTimeout: "1s",
          ...(certs === undefined ? {} : { transportSocket: mutualTls(certs) }),
          loadAssignment: { clusterName: "xds", endpoints: [{ lbEndpoints: [{ endpoint: { address } }] }] },
          typedExtensionProtocolOptions: {
            "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": {
              "@type": "type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions",
              explicitHttpConfig: { http2ProtocolOptions: {} },
            },
          },
        },
      ],
    },
  };
  const bootstrapFile = await folder.write(`${name}.json`, JSON.stringify(bootstrap));
  const envoy = await launchEnvoy({
    binary: await findEnvoy(),
    bootstrapFile,
    logFile: `${folder.path}/${name}.log`,
  });
  await envoy.ready;
  return envoy;
}

function mutualTls(certs: string) {
  const [roots, key, chain] = WORKLOAD_FILES.map((file) => ({ filename: join(certs, file) }));
  return {
    name: "envoy.transport_sockets.tls",
    typedConfig: {
      "@type": "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext",
      commonTlsContext: {
        alpnProtocols: ["h2"],
        tlsCertificates: [{ certificateChain: chain, privateKey: key }],
        validationContext: { trustedCa: roots },
      },
    },
  };
}

/** Counters and gauges of the admin port, by name. */
export async function statsOf(envoy: EnvoyProcess, filter: string): Promise<ReadonlyMap<string, number>> {
  const { body } = await envoy.admin(`/stats?filter=${encodeURIComponent(filter)}`);
  const lines = body.split("\n").map((line) => /^(.*): (\d+)$/.exec(line));
  return new Map(lines.flatMap((match) => (match?.[1] === undefined ? [] : [[match[1], Number(match[2])]])));
}
