import type { SidecarObject } from "../object/gateway.ts";
import { selects } from "../object/labels.ts";
import type { Labels } from "../object/meta.ts";
import { keyOf } from "../object/object.ts";
import type { MeshSnapshot } from "../snapshot/mesh-snapshot.ts";
import { compareText } from "../sorted.ts";

/** Finds the Sidecar that restricts what a workload sees. */
export type SidecarLookup = (
  rootNamespace: string,
  namespace: string,
  labels: Labels,
) => (SidecarObject & { readonly egress: NonNullable<SidecarObject["egress"]> }) | undefined;

/**
 * One that selects the workload in its namespace, else the namespace's default, else the root namespace's. A Sidecar that
 * says nothing of egress leaves it to the next (Istio's Sidecar reference). Of several the first by key.
 */
export function createSidecarLookup(sidecars: MeshSnapshot["sidecars"]): SidecarLookup {
  const byNamespace = new Map<string, SidecarObject[]>();
  for (const sidecar of [...sidecars.values()].sort((a, b) => compareText(keyOf(a), keyOf(b)))) {
    const list = byNamespace.get(sidecar.meta.namespace) ?? [];
    list.push(sidecar);
    byNamespace.set(sidecar.meta.namespace, list);
  }
  const isDefault = ({ workloadSelector }: SidecarObject) => workloadSelector === undefined;
  return (rootNamespace, namespace, labels) => {
    const own = byNamespace.get(namespace) ?? [];
    const selecting = own.filter(({ workloadSelector: pairs }) => pairs !== undefined && selects(pairs, labels));
    const ordered = [
      ...selecting,
      ...own.filter(isDefault),
      ...(byNamespace.get(rootNamespace) ?? []).filter(isDefault),
    ];
    for (const sidecar of ordered) {
      if (sidecar.egress !== undefined) return { ...sidecar, egress: sidecar.egress };
    }
    return undefined;
  };
}
