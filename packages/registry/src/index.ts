export { formatProblem, RegistryError, type RegistryErrorCode } from "./errors.ts";
export { type RegistryProblemCode, registryProblemCodes } from "./problem-codes.ts";
export type * from "./registry.ts";
export type { FailedMessage, ProblemMessage, PublishedMessage } from "./server/channels.ts";
export { createRegistry } from "./server/registry.ts";
export type * from "./source.ts";
export { type ApiOptions, api } from "./sources/api/source.ts";
export { type FilesOptions, files } from "./sources/files/source.ts";
export { copyData, type DataReport, type RestoreOptions, restoreData, verifyData } from "./store/data.ts";
