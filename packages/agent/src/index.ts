export { envoyVersion, type FindEnvoyOptions, findEnvoy } from "./envoy-binary.ts";
export { AgentError, type AgentErrorCode } from "./error.ts";
