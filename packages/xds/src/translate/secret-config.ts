import {
  ApiConfigSource_ApiType,
  ApiVersion,
  type ConfigSource,
  ConfigSourceSchema,
  create,
  type SdsSecretConfig,
  SdsSecretConfigSchema,
} from "@portolan/envoy";
import type { Capabilities } from "@portolan/model";
import { adsSource } from "./ads.ts";

/** Where a proxy gets its secrets from. */
export type SecretOrigin = Capabilities["secrets"];

/** Istio's names of the two secrets that every proxy has. */
export const CERTIFICATE_SECRET = "default";
export const TRUST_SECRET = "ROOTCA";

/** The static cluster of the bootstrap that leads to the agent's SDS socket, named as Istio names it. */
export const AGENT_SDS_CLUSTER = "sds-grpc";

export function secretConfig(name: string, origin: SecretOrigin): SdsSecretConfig {
  return create(SdsSecretConfigSchema, { name, sdsConfig: origin === "ads" ? adsSource() : agentSource() });
}

function agentSource(): ConfigSource {
  return create(ConfigSourceSchema, {
    resourceApiVersion: ApiVersion.V3,
    configSourceSpecifier: {
      case: "apiConfigSource",
      value: {
        apiType: ApiConfigSource_ApiType.GRPC,
        transportApiVersion: ApiVersion.V3,
        grpcServices: [{ targetSpecifier: { case: "envoyGrpc", value: { clusterName: AGENT_SDS_CLUSTER } } }],
      },
    },
  });
}
