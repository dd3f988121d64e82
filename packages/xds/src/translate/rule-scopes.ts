import type { DestinationRuleObject, Labels, MeshSnapshot } from "@portolan/model";
import { compareText, isWildcard, parseOwnedHost, SERVICE_SUFFIX, selects } from "@portolan/model";

/** Which DestinationRules a client follows: clients with one key follow the same rules for every host. */
export interface RuleScopes {
  keyOf(mesh: MeshSnapshot, namespace: string, labels: Labels): string;
}

interface Particular {
  /** Selectors of the namespace's rules, by rule. */
  readonly selectors: { readonly name: string; readonly selector: Labels }[];
}

/** Most namespaces have no rule of their own that others do not follow as well: they share the empty key. */
export function createRuleScopes(): RuleScopes {
  let over: Pick<MeshSnapshot, "destinationRules" | "servicesByHost" | "settings"> | undefined;
  let particular = new Map<string, Particular>();
  return {
    keyOf(mesh, namespace, labels) {
      if (
        over?.destinationRules !== mesh.destinationRules ||
        over.servicesByHost !== mesh.servicesByHost ||
        over.settings !== mesh.settings
      ) {
        over = mesh;
        particular = particularNamespaces(mesh);
      }
      const own = particular.get(namespace);
      if (own === undefined) return "";
      const selected = own.selectors.filter(({ selector }) => selects(selector, labels)).map(({ name }) => name);
      return [namespace, ...selected.sort(compareText)].join("+");
    },
  };
}

function particularNamespaces(mesh: MeshSnapshot): Map<string, Particular> {
  const found = new Map<string, Particular>();
  const mark = (namespace: string): Particular => {
    const entry = found.get(namespace) ?? { selectors: [] };
    found.set(namespace, entry);
    return entry;
  };
  for (const rule of mesh.destinationRules.values()) {
    const { namespace, name } = rule.meta;
    for (const other of rule.exportTo.namespaces) mark(other);
    if (rule.workloadSelector !== undefined) mark(namespace).selectors.push({ name, selector: rule.workloadSelector });
    else if (!isForEverybody(mesh, rule)) mark(namespace);
  }
  return found;
}

/** Whether clients of the rule's own namespace follow it exactly where all others do: it is about that namespace's hosts only. */
function isForEverybody(mesh: MeshSnapshot, rule: DestinationRuleObject): boolean {
  const { host, exportTo, meta } = rule;
  if (!exportTo.all || host === "*" || isWildcard(host)) return false;
  const owned = parseOwnedHost([SERVICE_SUFFIX, ...mesh.settings.ownedSuffixes], host);
  if (owned?.namespace !== meta.namespace) return false;
  return (mesh.servicesByHost.get(host) ?? []).every((id) => id.startsWith(`${meta.namespace}/`));
}
