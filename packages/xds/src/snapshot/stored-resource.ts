import type { ObjectKey } from "@portolan/model";
import type { EncodedResource } from "../resource/encoded-resource.ts";
import { type ResourceName, resourceKey } from "../resource/resource-name.ts";
import type { ArenaTenant } from "./arena.ts";
import type { LayerId } from "./ids.ts";
import type { ArenaSlice } from "./message.ts";

/** A resource as the store keeps it: its bytes lie in the arena once the transaction that brought it is done. */
export interface StoredResource extends ResourceName, ArenaTenant {
  readonly key: string;
  readonly layer: LayerId;
  readonly version: string;
  readonly ttlMs: number | undefined;
  readonly references: readonly ResourceName[];
  readonly claims: readonly string[];
  origins: readonly ObjectKey[];
  slice: ArenaSlice | undefined;
  /** Until it is placed, and for good where it must not lie in shared memory. */
  body: Uint8Array | undefined;
}

export function storedResource(layer: LayerId, resource: EncodedResource): StoredResource {
  const { typeUrl, name, version, ttlMs, references, claims = NO_CLAIMS, origins, body } = resource;
  const key = resource.key ?? resourceKey(resource);
  return { key, layer, typeUrl, name, version, ttlMs, references, claims, origins, body, slice: undefined };
}

const NO_CLAIMS: readonly string[] = [];
