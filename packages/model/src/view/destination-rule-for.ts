import { indexKey } from "../compile/index-keys.ts";
import { findObjects } from "../compile/lookup.ts";
import { patternsOf } from "../host-pattern.ts";
import type { Hostname } from "../names.ts";
import type { DestinationRuleObject } from "../object/destination-rule.ts";
import { isExportedTo, selects } from "../object/labels.ts";
import type { Labels } from "../object/meta.ts";
import type { MeshSnapshot } from "../snapshot/mesh-snapshot.ts";

/**
 * The rule that a client follows for a host, in Istio's order: of the client's namespace, then of the service's, then of
 * the root namespace, the latter two where exported to the client. Within one namespace the most specific host: the name
 * itself, then the longest wildcard; a rule that selects the client goes before one for everybody.
 */
export function destinationRuleFor(
  snapshot: Pick<MeshSnapshot, "destinationRules" | "index" | "objects" | "settings">,
  hostname: Hostname,
  serviceNamespace: string,
  clientNamespace: string,
  clientLabels: Labels,
): DestinationRuleObject | undefined {
  if (snapshot.destinationRules.size === 0) return undefined;
  const own = mostSpecific(snapshot, hostname, clientNamespace, (rule) => selects(selectorOf(rule), clientLabels));
  if (own !== undefined) return own;
  for (const namespace of [serviceNamespace, snapshot.settings.rootNamespace]) {
    const found = mostSpecific(
      snapshot,
      hostname,
      namespace,
      (rule) => rule.workloadSelector === undefined && isExportedTo(rule.exportTo, namespace, clientNamespace),
    );
    if (found !== undefined) return found;
  }
  return undefined;
}

function mostSpecific(
  snapshot: Pick<MeshSnapshot, "index" | "objects">,
  hostname: Hostname,
  namespace: string,
  counts: (rule: DestinationRuleObject) => boolean,
): DestinationRuleObject | undefined {
  for (const pattern of patternsOf(hostname)) {
    const rules = findObjects(snapshot, indexKey.rule(namespace, pattern), "DestinationRule").filter(counts);
    const found = rules.find(({ workloadSelector }) => workloadSelector !== undefined) ?? rules[0];
    if (found !== undefined) return found;
  }
  return undefined;
}

function selectorOf(rule: DestinationRuleObject): Labels {
  return rule.workloadSelector ?? new Map();
}
