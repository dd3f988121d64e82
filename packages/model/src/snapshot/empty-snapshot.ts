import { compileNetworks } from "../compile/networks.ts";
import { createImmutableMap } from "./immutable-map.ts";
import type { MeshSettings, MeshSnapshot } from "./mesh-snapshot.ts";

/** Revision 0: no objects, and these settings as long as no MeshConfig overrides them. */
export function emptySnapshot(settings: MeshSettings): MeshSnapshot {
  const objects: MeshSnapshot["objects"] = createImmutableMap();
  const index: MeshSnapshot["index"] = createImmutableMap();
  return {
    revision: 0,
    objects,
    settings,
    networks: compileNetworks({ objects, index }),
    services: createImmutableMap(),
    servicesByHost: createImmutableMap(),
    endpoints: createImmutableMap(),
    workloads: createImmutableMap(),
    workloadsByAddress: createImmutableMap(),
    inbound: createImmutableMap(),
    gateways: createImmutableMap(),
    sidecars: createImmutableMap(),
    destinationRules: createImmutableMap(),
    vips: createImmutableMap(),
    vipHosts: createImmutableMap(),
    problems: createImmutableMap(),
    defaults: settings,
    index,
  };
}
