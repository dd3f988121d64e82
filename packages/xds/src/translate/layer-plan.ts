import type { MeshSnapshot, ProxyView } from "@portolan/model";
import type { FollowingLayer } from "./following-layer.ts";
import type { ControlPlaneAddress } from "./gateway.ts";
import { createGatewayListenersLayer, createSniLayer } from "./gateway-layers.ts";
import { createInboundLayer } from "./inbound-layer.ts";
import { createListenersLayer } from "./listeners-layer.ts";
import type { Memo } from "./memo.ts";
import { createClustersLayer, createEndpointsLayer } from "./outbound-layers.ts";
import type { Scope } from "./scope.ts";
import { type ScopeTable, textOfLabels } from "./scope-table.ts";

/** A layer that a proxy's view lists, named by all that it depends on besides the mesh. */
export interface PlannedLayer {
  readonly id: string;
  readonly scope: Scope | undefined;
  make(): FollowingLayer;
}

export interface PlanTools {
  readonly scopes: ScopeTable;
  readonly memo: Memo;
  readonly controlPlane: ControlPlaneAddress;
}

/** The layers of a proxy's view. Proxies that do not differ in what a layer depends on share it. */
export function planLayers(mesh: MeshSnapshot, proxy: ProxyView, tools: PlanTools): readonly PlannedLayer[] {
  return proxy.role === "gateway" ? gatewayPlan(mesh, proxy, tools) : sidecarPlan(mesh, proxy, tools);
}

/**
 * Of a sidecar's layers those with load assignments, for clients that ask for nothing else.
 */
export function planEndpoints(
  mesh: MeshSnapshot,
  proxy: ProxyView,
  { scopes, memo }: PlanTools,
): readonly PlannedLayer[] {
  return [endpoints(scopes.ruled(mesh, proxy), proxy, memo)];
}

function sidecarPlan(mesh: MeshSnapshot, proxy: ProxyView, { scopes, memo }: PlanTools): readonly PlannedLayer[] {
  const { namespace, address } = proxy;
  const { secrets, lowestPort, inboundPorts } = proxy.capabilities;
  const ruled = scopes.ruled(mesh, proxy);
  const outbound = [clusters(ruled, proxy, memo), endpoints(ruled, proxy, memo)];
  // Capture mode needs other listeners, which do not exist yet.
  if (proxy.mode !== "bind") return outbound;
  const visible = scopes.visible(mesh, proxy);
  const listeners = `listeners ${visible.key} ${lowestPort}`;
  const ports = inboundPorts === "*" ? "*" : inboundPorts.join(",");
  const inbound = `inbound ${namespace}/${address} ${ports} ${secrets}`;
  const input = { key: `${namespace}/${address}` as const, address, inboundPorts, secrets };
  return [
    ...outbound,
    { id: listeners, scope: visible, make: () => createListenersLayer(listeners, visible, lowestPort, memo) },
    { id: inbound, scope: undefined, make: () => createInboundLayer(inbound, input, memo) },
  ];
}

function gatewayPlan(
  mesh: MeshSnapshot,
  proxy: ProxyView,
  { scopes, memo, controlPlane }: PlanTools,
): readonly PlannedLayer[] {
  const { labels, network, address } = proxy;
  const { lowestPort } = proxy.capabilities;
  const ingress = scopes.ingress(mesh, proxy);
  const sni = `sni ${network} ${textOfLabels(labels)}`;
  const listeners = `gateway ${ingress.key} ${address} ${lowestPort}`;
  const input = { address, labels, lowestPort, controlPlane };
  return [
    { id: sni, scope: undefined, make: () => createSniLayer(sni, { labels, network }, memo) },
    clusters(ingress, proxy, memo),
    endpoints(ingress, proxy, memo),
    { id: listeners, scope: ingress, make: () => createGatewayListenersLayer(listeners, ingress, input, memo) },
  ];
}

function clusters(scope: Scope, { capabilities: { secrets } }: ProxyView, memo: Memo): PlannedLayer {
  const id = `clusters ${scope.key} ${secrets}`;
  return { id, scope, make: () => createClustersLayer(id, scope, secrets, memo) };
}

function endpoints(scope: Scope, { network }: ProxyView, memo: Memo): PlannedLayer {
  const id = `endpoints ${scope.key} ${network}`;
  return { id, scope, make: () => createEndpointsLayer(id, scope, network, memo) };
}
