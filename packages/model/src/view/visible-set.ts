import type { Hostname, ServiceId } from "../names.ts";

/** The services that a proxy sees, interned: two proxies that see the same services hold the same object. */
export interface VisibleSet {
  /**
   * Names the scope, not the content: the Sidecar that restricts it, and the namespace only where something in the mesh is
   * particular to that namespace. It stays the same while services come and go, so that what is built per scope is updated and not rebuilt.
   */
  readonly key: string;
  /** Sorted by host name. Where several namespaces define a host, the one that the proxy sees. */
  readonly services: readonly ServiceId[];
  readonly byHost: ReadonlyMap<Hostname, ServiceId>;
  has(service: ServiceId): boolean;
}
