import type { ObjectKey } from "@portolan/model";
import type { ResourceName } from "../resource/resource-name.ts";
import type { TypeUrl } from "../resource/type-url.ts";
import type { LayerId } from "./ids.ts";
import type { SharedResource } from "./shared-resource.ts";

/** A resource in a layer, as the store keeps it. */
export class StoredResource implements ResourceName {
  readonly layer: LayerId;
  readonly of: SharedResource;
  origins: readonly ObjectKey[];

  constructor(layer: LayerId, of: SharedResource) {
    this.layer = layer;
    this.of = of;
    this.origins = of.origins;
  }

  get key(): string {
    return this.of.key;
  }

  get typeUrl(): TypeUrl {
    return this.of.typeUrl;
  }

  get name(): string {
    return this.of.name;
  }

  get version(): string {
    return this.of.version;
  }

  get ttlMs(): number | undefined {
    return this.of.ttlMs;
  }

  get references(): readonly ResourceName[] {
    return this.of.references;
  }

  get claims(): readonly string[] {
    return this.of.claims;
  }
}
