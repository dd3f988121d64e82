import type { DestinationRuleObject, PortNumber, Subset, TrafficPolicy } from "@portolan/model";

const none: TrafficPolicy = { tls: undefined, connectionPool: undefined };

/**
 * What a rule says of one port and subset. Settings of a port replace those of the host as a whole; a subset's replace
 * block by block (Istio, DestinationRule: "port-level settings ... default values will be applied to omitted fields").
 */
export function trafficPolicy(
  rule: DestinationRuleObject | undefined,
  port: PortNumber,
  subset: Subset | undefined,
): TrafficPolicy {
  if (rule === undefined) return none;
  const base = rule.portPolicies.get(port) ?? rule.policy;
  if (subset === undefined) return base;
  return {
    tls: subset.policy.tls ?? base.tls,
    connectionPool: subset.policy.connectionPool ?? base.connectionPool,
  };
}
