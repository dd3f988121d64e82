import type { RouteConfiguration } from "@portolan/envoy";
import { encodeDeterministic, type FilterChain, FilterChainMatchSchema, type Listener } from "@portolan/envoy";
import type { ResourceMessage } from "../resource/encoded-resource.ts";

/**
 * What Envoy would refuse a resource for although each field is good, in words; undefined: nothing that is known. A
 * resource that fails here is not sent: its last good version stays, and the objects that it was made from are told.
 */
export function refusalOf(message: ResourceMessage): string | undefined {
  switch (message.$typeName) {
    case "envoy.config.route.v3.RouteConfiguration":
      return refusalOfRoutes(message);
    case "envoy.config.listener.v3.Listener":
      return refusalOfListener(message);
    default:
      return undefined;
  }
}

/** Domains are one each in a route configuration, whatever their case (RouteMatcher); weights add up to something. */
function refusalOfRoutes({ virtualHosts }: RouteConfiguration): string | undefined {
  const hosts = new Set<string>();
  const domains = new Map<string, string>();
  for (const { name, domains: own, routes } of virtualHosts) {
    if (hosts.has(name)) return `two virtual hosts are called "${name}"`;
    hosts.add(name);
    for (const domain of own) {
      const other = domains.get(domain.toLowerCase());
      if (other !== undefined) return `the domain "${domain}" stands in "${other}" and in "${name}"`;
      domains.set(domain.toLowerCase(), name);
    }
    for (const { action } of routes) {
      if (action.case !== "route" || action.value.clusterSpecifier.case !== "weightedClusters") continue;
      const { clusters } = action.value.clusterSpecifier.value;
      const sum = clusters.reduce((total, { weight }) => total + (weight ?? 0), 0);
      if (sum === 0) return `the weights of a route of "${name}" add up to 0`;
    }
  }
  return undefined;
}

/** No connection may match two filter chains (ListenerManager); with a matcher of its own, a listener's chains have names instead. */
function refusalOfListener({ filterChains, filterChainMatcher }: Listener): string | undefined {
  const seen = new Map<string, string>();
  for (const [at, chain] of filterChains.entries()) {
    const called = chain.name || `filter chain ${at}`;
    for (const key of filterChainMatcher === undefined ? matchesOf(chain) : [chain.name]) {
      const other = seen.get(key);
      if (other !== undefined) return `"${other}" and "${called}" match the same connections`;
      seen.set(key, called);
    }
  }
  return undefined;
}

/** One text for each server name that a chain matches, together with all else that it matches. */
function matchesOf({ filterChainMatch }: FilterChain): readonly string[] {
  if (filterChainMatch === undefined) return [""];
  const { serverNames } = filterChainMatch;
  const others = encodeDeterministic(FilterChainMatchSchema, { ...filterChainMatch, serverNames: [] }).join();
  return (serverNames.length === 0 ? [""] : serverNames).map((name) => (name === "" ? others : `${name} ${others}`));
}
