export * from "./resource/encoded-resource.ts";
export * from "./resource/error.ts";
export * from "./resource/resource-name.ts";
export * from "./resource/resource-type.ts";
export * from "./resource/type-url.ts";
export { createSnapshotStore } from "./snapshot/create-snapshot-store.ts";
export * from "./snapshot/ids.ts";
export type * from "./snapshot/message.ts";
export type * from "./snapshot/snapshot-store.ts";
