import type { Capabilities, InboundKey, IpAddress, MeshSnapshot, ObjectKey, Service } from "@portolan/model";
import { protocolFamily } from "@portolan/model";
import { layerId } from "../snapshot/ids.ts";
import type { FollowingLayer } from "./following-layer.ts";
import { translateInboundClusters, translateInboundListener } from "./inbound.ts";
import { inboundChains, type ServedPort, servedPorts } from "./inbound-ports.ts";
import { createLiveLayer } from "./live-layer.ts";
import { type Memo, present, sameInputs } from "./memo.ts";
import type { SecretOrigin } from "./secret-config.ts";

export interface InboundLayerInput {
  readonly key: InboundKey;
  readonly address: IpAddress;
  readonly inboundPorts: Capabilities["inboundPorts"];
  readonly secrets: SecretOrigin;
}

/** The way into one workload. */
export function createInboundLayer(id: string, input: InboundLayerInput, memo: Memo): FollowingLayer {
  const layer = createLiveLayer(layerId(id), memo);
  let last: readonly unknown[] = [];
  return {
    id: layer.id,
    follow(mesh, dirty) {
      if (!dirty.definitions && !dirty.inbound.has(input.key)) return;
      const { ports, services } = inboundOf(mesh, input.key);
      const { ownedSuffixes } = mesh.settings;
      const inputs = [mesh.inbound.get(input.key), ownedSuffixes, ...services];
      if (sameInputs(last, inputs)) return;
      last = inputs;
      const chains = inboundChains(servedPorts(ports, input.inboundPorts).served, ownedSuffixes);
      const of = { address: input.address, chains, secrets: input.secrets };
      const origins: readonly ObjectKey[] = services.map((service) => service.owner);
      const entry = (name: string, translate: Parameters<Memo["get"]>[0]["translate"]) =>
        memo.get({ kind: "inbound", key: `${id} ${name}`, inputs, origins, translate });
      const clusters = translateInboundClusters(of).map((cluster) => entry(cluster.name, () => cluster));
      const listener = chains.length === 0 ? undefined : entry("listener", () => translateInboundListener(of));
      layer.put("inbound", present([...clusters, listener]));
    },
    takeUpdate: layer.takeUpdate,
    close: layer.close,
  };
}

/** What services say of the ports of a workload. */
export function inboundOf(
  mesh: MeshSnapshot,
  key: InboundKey,
): { readonly ports: readonly ServedPort[]; readonly services: readonly Service[] } {
  const services = new Set<Service>();
  const ports = (mesh.inbound.get(key) ?? []).flatMap((port) => {
    const service = mesh.services.get(port.service);
    const declared = service?.ports.find(({ number }) => number === port.port);
    if (service === undefined || declared === undefined) return [];
    services.add(service);
    return [{ ...port, family: protocolFamily(declared.protocol) }];
  });
  return { ports, services: [...services] };
}
