import {
  type Cidr,
  type MeshNetworksObject,
  type NetworkGateway,
  type NetworkId,
  type NetworkSpec,
  type ObjectMeta,
  parseCidr,
  parseHostname,
  parseNetworkId,
} from "@portolan/model";
import { parseIpOrHostname } from "../read/address.ts";
import type { Field } from "../read/field.ts";
import { readPort } from "../read/ports.ts";

/** Istio's MeshNetworks: for each network which endpoints lie in it, and its gateways as other networks dial them. */
export function decodeMeshNetworks(root: Field, meta: ObjectMeta): MeshNetworksObject {
  const networks = new Map<NetworkId, NetworkSpec>();
  for (const [name, network] of root.get("networks").entries()) {
    const id = parseNetworkId(name);
    const spec = readNetwork(network);
    if (id.ok) networks.set(id.value, spec);
    else network.wrong(id.error);
  }
  root.rest();
  return { kind: "MeshNetworks", meta, networks };
}

function readNetwork(network: Field): NetworkSpec {
  const fromCidrs: Cidr[] = [];
  const fromRegistries: string[] = [];
  for (const item of network.get("endpoints").items()) {
    const cidr = item.get("fromCidr").mark().parsed(parseCidr);
    const registry = item.get("fromRegistry").present ? item.get("fromRegistry").text() : undefined;
    if (cidr !== undefined) fromCidrs.push(cidr);
    if (registry !== undefined) fromRegistries.push(registry);
    if (item.get("fromCidr").present === item.get("fromRegistry").present)
      item.wrong("give either fromCidr or fromRegistry");
    item.rest();
  }
  const gateways = network.get("gateways").items().flatMap(readGateway);
  network.rest();
  return { fromCidrs, fromRegistries, gateways };
}

function readGateway(item: Field): readonly NetworkGateway[] {
  const direct = item.get("address");
  const registry = item.get("registryServiceName");
  if (direct.present === registry.present) item.wrong("give either address or registryServiceName");
  const address = direct.mark().parsed(parseIpOrHostname) ?? registry.mark().parsed(parseHostname);
  const port = readPort(item.get("port").required("the SNI gateway's is 15443").mark());
  item.rest({ unused: ["locality"] });
  return address === undefined || port === undefined ? [] : [{ address, port }];
}
