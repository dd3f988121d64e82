export * from "./errors.ts";
export type * from "./registry.ts";
export type * from "./source.ts";
