import type { SourceEnvironment, SourceEvent, SourceFactory, WritableSource } from "../../source.ts";
import { SLICE_MS } from "../slice.ts";
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
      const events: SourceEvent[] = [];
      let sinceMs = environment.nowMs();
      for (const document of decodeStored(environment.stored(), name)) {
        events.push(...document);
        environment.decoded(1);
        if (environment.nowMs() - sinceMs < SLICE_MS) continue;
        await environment.pause();
        sinceMs = environment.nowMs();
      }
      emit([...events, { kind: "synced" }]);
    },
    async stop() {},
    decode: (change) => decodeWrite(change, name),
  };
}
