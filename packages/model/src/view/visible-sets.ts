import type { Namespace } from "../names.ts";
import type { Labels } from "../object/meta.ts";
import { keyOf } from "../object/object.ts";
import type { MeshSnapshot } from "../snapshot/mesh-snapshot.ts";
import { sameValue } from "../snapshot/same-value.ts";
import { createParticularNamespaces } from "./particular-namespaces.ts";
import { createSidecarLookup, type SidecarLookup } from "./sidecar-for.ts";
import { compileVisibleSet, followVisibleSet, type VisibleScope } from "./visible-scope.ts";
import type { VisibleSet } from "./visible-set.ts";

export interface VisibleSets {
  /** What a workload of a namespace, with these labels, sees. Costs a look-up while services and Sidecars are the same. */
  of(snapshot: MeshSnapshot, namespace: Namespace, labels: Labels): VisibleSet;
}

/** Interned visible sets: one object a scope, replaced only where what it holds differs. */
export function createVisibleSets(): VisibleSets {
  const known = new Map<string, { scope: VisibleScope; over: MeshSnapshot; set: VisibleSet }>();
  const particular = createParticularNamespaces();
  let sidecars: MeshSnapshot["sidecars"] | undefined;
  let sidecarFor: SidecarLookup = () => undefined;

  function scopeOf(snapshot: MeshSnapshot, namespace: Namespace, labels: Labels): VisibleScope {
    if (snapshot.sidecars !== sidecars) {
      sidecars = snapshot.sidecars;
      sidecarFor = createSidecarLookup(sidecars);
    }
    particular.follow(snapshot);
    const sidecar = sidecarFor(snapshot.settings.rootNamespace, namespace, labels);
    const { rootNamespace } = snapshot.settings;
    if (sidecar !== undefined && sidecar.meta.namespace === namespace && namespace !== rootNamespace) {
      return { key: keyOf(sidecar), namespace, egress: sidecar.egress };
    }
    const namesOwn = sidecar?.egress.some((scope) => scope.namespace === ".") ?? false;
    const own = namesOwn || particular.has(namespace) ? namespace : undefined;
    const restriction = sidecar === undefined ? "*" : keyOf(sidecar);
    return {
      key: own === undefined ? restriction : `${restriction}@${own}`,
      namespace: own,
      egress: sidecar?.egress,
    };
  }

  return {
    of(snapshot, namespace, labels) {
      const scope = scopeOf(snapshot, namespace, labels);
      const last = known.get(scope.key);
      if (last !== undefined && last.over.services === snapshot.services && last.scope.egress === scope.egress) {
        return last.set;
      }
      const set =
        last !== undefined && sameValue(last.scope.egress, scope.egress)
          ? followVisibleSet(last.set, last.over, snapshot, scope)
          : compileVisibleSet(snapshot, scope);
      const same = last !== undefined && sameValue(last.set.services, set.services) ? last.set : set;
      known.set(scope.key, { scope, over: snapshot, set: same });
      return same;
    },
  };
}
