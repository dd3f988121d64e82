import type { Identity } from "@portolan/model";
import type { EncodedResource } from "../resource/encoded-resource.ts";
import { attempt } from "./attempt.ts";
import { encodeSecret } from "./secret-resource.ts";
import type { SecretSource } from "./secret-source.ts";

export interface SecretListener {
  secret(resource: EncodedResource): void;
  fault(cause: unknown): void;
}

/** The secrets that one stream asks for, each watched for as long as it is asked for. */
export interface SecretWatches {
  start(name: string): void;
  end(name: string): void;
  close(): void;
}

export function createSecretWatches(source: SecretSource, identity: Identity, to: SecretListener): SecretWatches {
  const stops = new Map<string, () => void>();
  const live = new Map<string, symbol>();

  function guarded(action: () => unknown): void {
    attempt(action, to.fault);
  }

  function end(name: string): void {
    live.delete(name);
    const stop = stops.get(name);
    stops.delete(name);
    if (stop !== undefined) guarded(stop);
  }

  return {
    start(name) {
      end(name);
      const turn = Symbol(name);
      live.set(name, turn);
      guarded(() => {
        const stop = source.watch(identity, name, (secret) => {
          if (live.get(name) === turn) guarded(() => to.secret(encodeSecret(name, secret)));
        });
        // One that promises is as good as none: there is nothing to call.
        if (typeof stop === "function") stops.set(name, stop);
        return stop;
      });
    },
    end,
    close() {
      for (const name of [...live.keys()]) end(name);
    },
  };
}
