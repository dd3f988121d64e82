import type { MeshSettings } from "../snapshot/mesh-snapshot.ts";
import { indexKey } from "./index-keys.ts";
import { findObjects, type MeshLookup } from "./lookup.ts";

/** The defaults, overridden by what MeshConfig names; of several MeshConfigs the first by key holds (the others are reported). */
export function compileSettings(mesh: Pick<MeshLookup, "index" | "objects">, defaults: MeshSettings): MeshSettings {
  const config = findObjects(mesh, indexKey.kind("MeshConfig"), "MeshConfig")[0];
  if (config === undefined) return defaults;
  return {
    ...defaults,
    trustDomain: config.trustDomain ?? defaults.trustDomain,
    rootNamespace: config.rootNamespace ?? defaults.rootNamespace,
    mode: config.mode ?? defaults.mode,
    ownedSuffixes: config.ownedSuffixes ?? defaults.ownedSuffixes,
    serviceCidrs: config.serviceCidrs.length > 0 ? config.serviceCidrs : defaults.serviceCidrs,
    bindPool: config.bindPool ?? defaults.bindPool,
    capturePool: config.capturePool ?? defaults.capturePool,
  };
}
