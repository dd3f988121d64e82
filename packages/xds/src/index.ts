export {
  type EncodedResource,
  type EncodeOptions,
  encodeResource,
  encodeResourceBytes,
  type Hash,
  type ResourceMessage,
} from "./resource/encoded-resource.ts";
export * from "./resource/error.ts";
export * from "./resource/resource-name.ts";
export * from "./resource/resource-type.ts";
export * from "./resource/type-url.ts";
export type * from "./server/assign.ts";
export { type ClientStatusOptions, clientStatusService } from "./server/client-status.ts";
export { createXdsServer } from "./server/create-xds-server.ts";
export type { GrpcService } from "./server/further-services.ts";
export { sha256Version } from "./server/hash.ts";
export * from "./server/limits.ts";
export type { TlsCertificates } from "./server/mutual-tls.ts";
export type { XdsNode } from "./server/node.ts";
export type { Peer } from "./server/peer.ts";
export type * from "./server/report.ts";
export type { SecretSource } from "./server/secret-source.ts";
export type * from "./server/xds-server.ts";
export type * from "./session/protocol.ts";
export { createSnapshotStore } from "./snapshot/create-snapshot-store.ts";
export * from "./snapshot/ids.ts";
export type * from "./snapshot/message.ts";
export type * from "./snapshot/snapshot-store.ts";
export type { ControlPlaneAddress } from "./translate/gateway.ts";
export type { TranslationCounts, TranslationKind } from "./translate/memo.ts";
export {
  createMeshTranslation,
  type MeshTranslation,
  type MeshTranslationOptions,
} from "./translate/mesh-translation.ts";
export * from "./translate/problem-codes.ts";
export { type ProxyDefaults, type ProxyNode, parseProxyView } from "./translate/proxy-view.ts";
export { AGENT_SDS_CLUSTER, CERTIFICATE_SECRET, TRUST_SECRET } from "./translate/secret-config.ts";
export { dumpStatic, type StaticResources } from "./translate/static-dump.ts";
