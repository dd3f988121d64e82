import type { SourceEnvironment, SourceFactory, WritableSource } from "../../source.ts";
import { decodeStored, decodeWrite } from "./decode.ts";

export interface ApiOptions {
  /** Name of the source; `api`. */
  readonly name?: string;
}

/** Objects that `Registry.write` writes; the registry's store keeps them. */
export function api(options: ApiOptions = {}): SourceFactory {
  return (environment) => createApiSource(environment.nameFor(options.name ?? "api"), environment);
}

function createApiSource(name: string, environment: SourceEnvironment): WritableSource {
  return {
    kind: "writable",
    name,
    async start(emit) {
      emit([...decodeStored(environment.stored(), name), { kind: "synced" }]);
    },
    async stop() {},
    decode: (change) => decodeWrite(change, name),
  };
}
