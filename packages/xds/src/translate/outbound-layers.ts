import type { MeshSnapshot, NetworkId, Service, ServiceEndpoints, SpiffeId } from "@portolan/model";
import { keyOf } from "@portolan/model";
import { translateEndpoints } from "./endpoints.ts";
import { expectedPeer } from "./expected-peer.ts";
import type { FollowingLayer } from "./following-layer.ts";
import { type Memo, present } from "./memo.ts";
import { shapedCluster } from "./outbound-cluster.ts";
import { outboundTargets } from "./outbound-targets.ts";
import { createPerServiceLayer } from "./per-service-layer.ts";
import type { Scope } from "./scope.ts";
import type { SecretOrigin } from "./secret-config.ts";

const nobody: readonly SpiffeId[] = [];

/** The clusters of everything that a scope sees. */
export function createClustersLayer(id: string, scope: Scope, secrets: SecretOrigin, memo: Memo): FollowingLayer {
  const clustersOf = (mesh: MeshSnapshot, service: Service, served: ServiceEndpoints | undefined) => {
    const identities = served?.identities ?? nobody;
    const { settings } = mesh;
    return present(
      outboundTargets(mesh, scope, service, served).map(({ clusterName, port, subset, rule, discovery, origins }) =>
        memo.get({
          kind: "cluster",
          key: ["cluster", service.namespace, clusterName, secrets, rule === undefined ? "" : keyOf(rule)].join(" "),
          inputs: [service, port, subset, rule, ...discoveryInputs(discovery), identities, settings],
          origins,
          translate() {
            const peer = expectedPeer(service, identities, settings);
            return shapedCluster({ service, port, subset, rule, discovery, peer, secrets });
          },
        }),
      ),
    );
  };
  const inputsOf = (mesh: MeshSnapshot, service: Service, served: ServiceEndpoints | undefined) => {
    // Where clusters resolve addresses by DNS, these stand in them; see `discoveryOf`.
    const resolved = service.resolution === "DNS" ? served : undefined;
    return [service, scope.ruleFor(mesh, service), served?.identities, resolved, mesh.settings];
  };
  return createPerServiceLayer(id, scope, memo, clustersOf, inputsOf);
}

/** Addresses are written out, since they are worked out anew each time. */
function discoveryInputs(discovery: { readonly kind: string; readonly addresses?: readonly object[] }): string[] {
  return [discovery.kind, ...(discovery.addresses ?? []).map((address) => JSON.stringify(address))];
}

/** The load assignments of the same clusters, for clients of one network. */
export function createEndpointsLayer(id: string, scope: Scope, network: NetworkId, memo: Memo): FollowingLayer {
  return createPerServiceLayer(id, scope, memo, (mesh, service, endpoints) => {
    const { networks, settings } = mesh;
    return present(
      outboundTargets(mesh, scope, service, endpoints)
        .filter(({ discovery }) => discovery.kind === "eds")
        .map(({ clusterName, port, subset, rule, reach, origins }) =>
          memo.get({
            kind: "endpoints",
            // Rules matter for what they say of subsets only, so that clients with different rules share the rest.
            key: [
              "endpoints",
              service.namespace,
              clusterName,
              network,
              reach,
              rule === undefined || subset === undefined ? "" : keyOf(rule),
            ].join(" "),
            inputs: [port, subset?.labels, endpoints, networks, settings.mode],
            origins: subset === undefined ? [service.owner] : origins,
            translate: () =>
              translateEndpoints({
                clusterName,
                port,
                subset: subset?.labels,
                endpoints,
                network,
                networks,
                reach,
                mode: settings.mode,
              }),
          }),
        ),
    );
  });
}
