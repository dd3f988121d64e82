import type {
  GatewayObject,
  GatewayServer,
  IpAddress,
  Labels,
  MeshSnapshot,
  ObjectKey,
  Service,
} from "@portolan/model";
import { compareText, keyOf, SNI_GATEWAY_PORT, selects } from "@portolan/model";
import { serverServes } from "./gateway-hosts.ts";
import { formatSocket } from "./names.ts";

/** What a gateway proxy opens at one address and port. */
export interface OpenServer {
  readonly address: IpAddress;
  readonly server: GatewayServer;
  readonly gateway: GatewayObject;
}

export interface GatewayPort {
  /** `address:port`. */
  readonly key: string;
  readonly mode: GatewayServer["mode"];
  /** Of one mode, the first of which decided it. At least one. */
  readonly servers: readonly OpenServer[];
  /** Those of the other mode. */
  readonly refused: readonly OpenServer[];
}

/** The Gateways that select a proxy, sorted by key. */
export function gatewaysOf(mesh: Pick<MeshSnapshot, "gateways">, labels: Labels): readonly GatewayObject[] {
  return [...mesh.gateways.values()]
    .filter((gateway) => selects(gateway.selector, labels))
    .sort((a, b) => compareText(keyOf(a), keyOf(b)));
}

/** Servers by the address and port that they are opened at: where the Gateway names no `bind`, at the proxy's own address. */
export function gatewayPorts(gateways: readonly GatewayObject[], own: IpAddress): readonly GatewayPort[] {
  const ports = new Map<string, { mode: GatewayServer["mode"]; servers: OpenServer[]; refused: OpenServer[] }>();
  for (const gateway of gateways) {
    for (const server of gateway.servers) {
      const address = server.bind ?? own;
      const key = formatSocket(address, server.port.number);
      const port = ports.get(key) ?? { mode: server.mode, servers: [], refused: [] };
      ports.set(key, port);
      (port.mode === server.mode ? port.servers : port.refused).push({ address, server, gateway });
    }
  }
  return [...ports].map(([key, port]) => ({ key, ...port })).sort((a, b) => compareText(a.key, b.key));
}

/** SNI passes on the one port that other networks dial. */
export function isSniGateway({ mode, servers }: GatewayPort): boolean {
  return mode === "AUTO_PASSTHROUGH" && servers[0]?.server.port.number === SNI_GATEWAY_PORT;
}

/** Whether some of these servers leads to a service over plain HTTP. */
export function ingressServes(servers: readonly Omit<OpenServer, "address">[], service: Service): boolean {
  return servers.some(
    ({ server, gateway }) =>
      server.mode === "HTTP" && serverServes(server, gateway.meta.namespace, service.hostname, service.namespace),
  );
}

export function originsOf(servers: readonly OpenServer[]): readonly ObjectKey[] {
  return [...new Set(servers.map(({ gateway }) => keyOf(gateway)))];
}
