import type { ObjectKey } from "@portolan/model";
import type { EncodedResource } from "../resource/encoded-resource.ts";
import { type ResourceName, resourceKey } from "../resource/resource-name.ts";
import type { TypeUrl } from "../resource/type-url.ts";
import type { ArenaTenant } from "./arena.ts";

/**
 * A resource that any number of layers of one store may hold, and whose bytes lie once in the store's arena as soon as one does.
 * Whoever gives the same resource to several layers keeps this in the place of what was encoded.
 */
export class SharedResource implements EncodedResource, ArenaTenant {
  readonly typeUrl: TypeUrl;
  readonly name: string;
  readonly key: string;
  readonly version: string;
  readonly ttlMs: number | undefined;
  readonly references: readonly ResourceName[];
  readonly claims: readonly string[];
  readonly origins: readonly ObjectKey[];
  /** How many layers hold it. */
  holders = 0;
  segment = 0;
  memory: Uint8Array;
  offset = 0;
  readonly length: number;

  constructor(resource: EncodedResource) {
    this.typeUrl = resource.typeUrl;
    this.name = resource.name;
    this.key = resourceKey(resource);
    this.version = resource.version;
    this.ttlMs = resource.ttlMs;
    this.references = resource.references;
    this.claims = resource.claims ?? NO_CLAIMS;
    this.origins = resource.origins;
    this.memory = resource.body;
    this.length = resource.body.length;
  }

  get body(): Uint8Array {
    return this.memory.subarray(this.offset, this.offset + this.length);
  }
}

const NO_CLAIMS: readonly string[] = [];

export function sharedResource(resource: EncodedResource): SharedResource {
  return resource instanceof SharedResource ? resource : new SharedResource(resource);
}
