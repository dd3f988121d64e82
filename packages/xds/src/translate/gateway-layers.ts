import type { IpAddress, Labels, MeshSnapshot, NetworkId, PortNumber, Service } from "@portolan/model";
import { compareText, servedServerNames, sniTargets } from "@portolan/model";
import { layerId } from "../snapshot/ids.ts";
import { discoveryOf } from "./discovery.ts";
import { encodeLoadAssignment } from "./encode-load-assignment.ts";
import type { FollowingLayer } from "./following-layer.ts";
import {
  type ControlPlaneAddress,
  sniUpstream,
  translateControlPlaneCluster,
  translatePassthroughListener,
  translateSniCluster,
} from "./gateway.ts";
import {
  type GatewayPort,
  gatewayPorts,
  gatewaysOf,
  ingressServes,
  isSniGateway,
  originsOf,
} from "./gateway-servers.ts";
import { ingressPort, translateIngressListener, translateIngressRoute } from "./ingress.ts";
import { createLiveLayer } from "./live-layer.ts";
import { type Memo, type MemoEntry, present } from "./memo.ts";
import { CONTROL_PLANE_CLUSTER } from "./names.ts";
import { createPerServiceLayer } from "./per-service-layer.ts";
import { MESH_SCOPE, type Scope } from "./scope.ts";
import type { SlotMember } from "./slot.ts";

/** Clusters named by the SNI of what is exported, with endpoints of the gateway's own network only. */
export function createSniLayer(
  id: string,
  gateway: { readonly labels: Labels; readonly network: NetworkId },
  memo: Memo,
): FollowingLayer {
  return createPerServiceLayer(id, MESH_SCOPE, memo, (mesh, service) =>
    present(
      sniTargets(mesh, service, gateway.labels).flatMap((target) => {
        const { network } = gateway;
        const upstream = sniUpstream(target, mesh.endpoints.get(target.service), network, mesh.settings.mode);
        const origins = [service.owner];
        // Written out, since they are worked out anew each time.
        const addresses = upstream.addresses.map((address) => JSON.stringify(address));
        const cluster = memo.get({
          kind: "gateway",
          key: `sni ${target.sni} ${upstream.discovery === "eds" ? "" : network}`,
          inputs: upstream.discovery === "eds" ? ["eds"] : addresses,
          origins,
          translate: () => translateSniCluster(target.sni, upstream),
        });
        if (upstream.discovery === "dns") return [cluster];
        const endpoints = memo.get({
          kind: "endpoints",
          key: `sni-endpoints ${target.sni} ${network}`,
          inputs: addresses,
          origins,
          translate: () => encodeLoadAssignment(target.sni, upstream.addresses),
        });
        return [cluster, endpoints];
      }),
    ),
  );
}

export interface GatewayListenersInput {
  readonly address: IpAddress;
  readonly labels: Labels;
  readonly lowestPort: PortNumber;
  readonly controlPlane: ControlPlaneAddress;
}

/** What a gateway proxy listens on: SNI on 15443, plain HTTP where a Gateway says so. */
export function createGatewayListenersLayer(
  id: string,
  scope: Scope,
  input: GatewayListenersInput,
  memo: Memo,
): FollowingLayer {
  const layer = createLiveLayer(layerId(id), memo);

  function sni(mesh: MeshSnapshot, key: string, port: GatewayPort): readonly (MemoEntry | undefined)[] {
    const [first] = port.servers;
    if (first === undefined || !isSniGateway(port)) return [];
    const names = servedServerNames(mesh, input.labels);
    const { address, server } = first;
    const origins = originsOf(port.servers);
    const of = { address, port: server.port.number, names, controlPlane: true };
    return [
      memo.get({
        kind: "gateway",
        key: `${key} listener`,
        inputs: names,
        origins,
        translate: () => translatePassthroughListener(of),
      }),
      memo.get({
        kind: "gateway",
        key: `${id} ${CONTROL_PLANE_CLUSTER}`,
        inputs: [input.controlPlane.address, input.controlPlane.port],
        origins,
        translate: () => translateControlPlaneCluster(input.controlPlane),
      }),
    ];
  }

  function ingress(mesh: MeshSnapshot, key: string, port: GatewayPort): readonly (MemoEntry | undefined)[] {
    const [first] = port.servers;
    if (first === undefined) return [];
    const of = { address: first.address, port: first.server.port.number };
    const members: SlotMember[] = [];
    for (const id of scope.services(mesh)) {
      const service = mesh.services.get(id);
      if (service === undefined || !ingressServes(port.servers, service) || !scope.holds(mesh, service)) continue;
      members.push(...member(mesh, service, of.port));
    }
    members.sort((a, b) => compareText(a.service.hostname, b.service.hostname));
    const origins = originsOf(port.servers);
    return [
      memo.get({
        kind: "listener",
        key: `${key} listener`,
        inputs: ["HTTP"],
        origins,
        translate: () => translateIngressListener(of),
      }),
      memo.get({
        kind: "route",
        key: `${key} route`,
        inputs: members.flatMap(({ service, port }) => [service, port]),
        origins,
        translate: () => translateIngressRoute(of, members),
      }),
    ];
  }

  return {
    id: layer.id,
    follow(mesh, dirty) {
      // Endpoints do not matter here.
      if (!dirty.definitions) return;
      const ports = gatewayPorts(gatewaysOf(mesh, input.labels), input.address).filter(
        ({ servers }) => (servers[0]?.server.port.number ?? 0) >= input.lowestPort,
      );
      const open = new Map(ports.map((port) => [port.key, port]));
      for (const owner of [...layer.owners()]) if (!open.has(owner)) layer.put(owner, []);
      for (const [owner, port] of open) {
        const key = `${id} ${owner}`;
        layer.put(owner, present(port.mode === "HTTP" ? ingress(mesh, key, port) : sni(mesh, key, port)));
      }
    },
    takeUpdate: layer.takeUpdate,
    close: layer.close,
  };
}

function member(mesh: MeshSnapshot, service: Service, serverPort: PortNumber): SlotMember[] {
  const port = ingressPort(service, serverPort);
  if (port === undefined) return [];
  const { kind } = discoveryOf(service, port, mesh.endpoints.get(service.id), mesh.settings);
  return kind === "none" ? [] : [{ service, port }];
}
