export { createBootstrap, formatBootstrap } from "./bootstrap/bootstrap.ts";
export {
  type BootstrapAuthentication,
  type BootstrapOptions,
  CONTROL_PLANE_NAME,
  type HostPort,
} from "./bootstrap/options.ts";
export { type BootstrapFlags, type Machine, parseBootstrap, parseHostPort } from "./bootstrap/parse.ts";
export { type SecretFile, secretFiles } from "./bootstrap/secret-files.ts";
export { secretFilesBeside, writeBootstrap } from "./bootstrap/write.ts";
export { XDS_CLUSTER } from "./bootstrap/xds-cluster.ts";
export type { DeclaredPorts, Resolve } from "./doctor/calls.ts";
export { type DiagnoseOptions, diagnose } from "./doctor/diagnose.ts";
export type { FileOwner } from "./doctor/files.ts";
export type { DiagnosisStep } from "./doctor/step.ts";
export type { AdminAnswer } from "./envoy/admin.ts";
export type { EnvoyCommand } from "./envoy/arguments.ts";
export {
  type EnvoyExit,
  type EnvoyProcess,
  type LaunchOptions,
  launchEnvoy,
} from "./envoy/process.ts";
export { envoyVersion, type FindEnvoyOptions, findEnvoy } from "./envoy-binary.ts";
export { AgentError, type AgentErrorCode } from "./error.ts";
export { machineAddress } from "./machine/address.ts";
export { type ClusterEnv, formatClusterEnv, parseClusterEnv } from "./machine/cluster-env.ts";
export { type MachineFiles, machineFiles } from "./machine/files.ts";
export { lowestPort, type PortProbe, probeLowestPort } from "./machine/lowest-port.ts";
export { parsePorts } from "./machine/ports.ts";
