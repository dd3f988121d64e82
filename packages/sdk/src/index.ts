export {
  AgentError,
  createBootstrap,
  diagnose,
  findEnvoy,
  formatBootstrap,
  launchEnvoy,
  parseBootstrap,
} from "@portolan/agent";
export { createDnsServer, DnsError, type DnsServer, type DnsServerOptions, queryDns } from "@portolan/dns";
export {
  type CertificateAuthority,
  createCertificateAuthority,
  createSecretSource,
  IdentityError,
  loadCertificateAuthority,
} from "@portolan/identity";
export * from "@portolan/model";
export {
  api,
  createRegistry,
  files,
  formatProblem,
  type Registry,
  RegistryError,
  type RegistryOptions,
  type WriteChange,
  type WriteResult,
} from "@portolan/registry";
export {
  createMeshTranslation,
  createSnapshotStore,
  createXdsServer,
  type SnapshotStore,
  XdsError,
  type XdsServer,
  type XdsServerOptions,
} from "@portolan/xds";
export type { AppliedOptions, AppliedResult } from "./control-plane/applied.ts";
export { type ControlPlane, createControlPlane, type Listening } from "./control-plane/control-plane.ts";
export type { ControlPlaneOptions } from "./control-plane/options.ts";
export { createStage, type StageOptions } from "./demo/create-stage.ts";
export { loadMesh, loadPlan } from "./demo/load.ts";
export type { DemoPlan, PlannedApplication, PlannedProxy, PlannedStep } from "./demo/plan.ts";
export type { Stage } from "./demo/stage.ts";
export { runStep, titleOf } from "./demo/steps/run-step.ts";
export type { StepResult } from "./demo/steps/step.ts";
export { SdkError, type SdkErrorCode } from "./error.ts";
export { formatListenAddress, type ListenAddress, parseListenAddress } from "./listen-address.ts";
