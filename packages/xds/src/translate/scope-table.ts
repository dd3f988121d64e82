import type { Labels, MeshSnapshot, ProxyView, Service } from "@portolan/model";
import { compareText, createVisibleSets } from "@portolan/model";
import { gatewaysOf, ingressServes, type OpenServer } from "./gateway-servers.ts";
import { createRuleScopes } from "./rule-scopes.ts";
import { createGatewayScope, createSidecarScope, type Scope, type SidecarScope } from "./scope.ts";

/** Finds or makes the scopes of proxies, and brings them up to date with a snapshot. */
export interface ScopeTable {
  /** What a sidecar sees, by the rules that it follows. */
  ruled(mesh: MeshSnapshot, proxy: ProxyView): Scope;
  /** The same for all that see it, whatever their rules. */
  visible(mesh: MeshSnapshot, proxy: ProxyView): Scope;
  /** What the plain HTTP servers of a gateway lead to. */
  ingress(mesh: MeshSnapshot, proxy: ProxyView): Scope;
  /** Forgets the scopes that are not among these. */
  keep(scopes: Pick<ReadonlySet<Scope>, "has">): void;
  readonly size: number;
}

export function createScopeTable(): ScopeTable {
  const visibleSets = createVisibleSets();
  const ruleScopes = createRuleScopes();
  const sidecars = new Map<string, SidecarScope>();
  const gateways = new Map<string, Scope>();

  function sidecar(mesh: MeshSnapshot, proxy: ProxyView, rules: string | undefined): Scope {
    const visible = visibleSets.of(mesh, proxy.namespace, proxy.labels);
    const key = rules === undefined ? visible.key : `${visible.key} rules:${rules}`;
    const known = sidecars.get(key) ?? createSidecarScope(key, visible, proxy);
    known.visible = visible;
    known.client = proxy;
    sidecars.set(key, known);
    return known;
  }

  return {
    ruled: (mesh, proxy) => sidecar(mesh, proxy, ruleScopes.keyOf(mesh, proxy.namespace, proxy.labels)),
    visible: (mesh, proxy) => sidecar(mesh, proxy, undefined),
    ingress(_mesh, proxy) {
      const key = `ingress ${proxy.namespace} ${textOfLabels(proxy.labels)}`;
      const known = gateways.get(key) ?? createGatewayScope(key, proxy, createIngressFilter(proxy.labels));
      gateways.set(key, known);
      return known;
    },
    get size() {
      return sidecars.size + gateways.size;
    },
    keep(scopes) {
      for (const [key, scope] of sidecars) if (!scopes.has(scope)) sidecars.delete(key);
      for (const [key, scope] of gateways) if (!scopes.has(scope)) gateways.delete(key);
    },
  };
}

function createIngressFilter(labels: Labels): (mesh: MeshSnapshot, service: Service) => boolean {
  let over: MeshSnapshot["gateways"] | undefined;
  let servers: readonly Omit<OpenServer, "address">[] = [];
  return (mesh, service) => {
    if (over !== mesh.gateways) {
      over = mesh.gateways;
      servers = gatewaysOf(mesh, labels).flatMap((gateway) =>
        gateway.servers.filter(({ mode }) => mode === "HTTP").map((server) => ({ server, gateway })),
      );
    }
    return ingressServes(servers, service);
  };
}

export function textOfLabels(labels: Labels): string {
  return [...labels]
    .map(([key, value]) => `${key}=${value}`)
    .sort(compareText)
    .join(",");
}
