import { formatClusterEnv, parsePorts } from "@portolan/agent";
import { formatHosts } from "@portolan/dns";
import {
  createRoutingModel,
  createVisibleSets,
  DEFAULT_NETWORK,
  type Hostname,
  type MeshSnapshot,
  type Namespace,
  type NetworkId,
  parseHostname,
  parseNamespace,
  parseNetworkId,
  parsePortNumber,
  printable,
  SERVICE_SUFFIX,
} from "@portolan/model";
import type { FastifyInstance } from "fastify";
import { SdkError } from "../../error.ts";

/** What the server works out from the mesh: hosts lines, cluster.env, gateway addresses, and where a name leads. */
export function addAnswerRoutes(server: FastifyInstance, current: () => MeshSnapshot): void {
  server.get<{ Querystring: { namespace?: string } }>("/api/v1/hosts", async (request, reply) => {
    const snapshot = current();
    const { rootNamespace, mode } = snapshot.settings;
    const visible = createVisibleSets().of(snapshot, namespaceOf(request.query.namespace) ?? rootNamespace, new Map());
    return reply.type("text/plain").send(formatHosts(snapshot, visible.services, mode));
  });

  server.get<{ Querystring: { inboundPorts?: string } }>("/api/v1/cluster-env", async (request, reply) => {
    const { serviceCidrs, bindPool, capturePool, mode } = current().settings;
    const given = serviceCidrs.length > 0 ? serviceCidrs : [mode === "bind" ? bindPool : capturePool];
    const inboundPorts = parsePorts(request.query.inboundPorts ?? "");
    if (!inboundPorts.ok) throw new SdkError("bad-data", inboundPorts.error);
    const env = {
      authentication: "mtls",
      serviceCidrs: given,
      inboundPorts: inboundPorts.value,
      rest: new Map(),
    } as const;
    return reply.type("text/plain").send(formatClusterEnv(env));
  });

  server.get("/api/v1/dns", async () => {
    const { ownedSuffixes, bindPool, capturePool, mode } = current().settings;
    const suffixes = [...new Set<string>([...ownedSuffixes, SERVICE_SUFFIX])];
    return { suffixes, pools: [mode === "bind" ? bindPool : capturePool] };
  });

  server.get<{ Querystring: { network?: string } }>("/api/v1/gateway-address", async (request, reply) =>
    reply.type("text/plain").send(`${gatewayAddress(current(), request.query.network)}\n`),
  );

  server.get<{ Querystring: { sni?: string; network?: string } }>("/api/v1/routes/sni", async (request) => {
    const { sni, network } = request.query;
    if (sni === undefined) throw new SdkError("bad-data", "name the SNI: ?sni=outbound_.PORT_._.HOST&network=NETWORK");
    return createRoutingModel(current()).sni(sni, { network: networkOf(network) });
  });

  server.get<{ Querystring: { host?: string; port?: string; network?: string; namespace?: string } }>(
    "/api/v1/routes/host",
    async (request) => {
      const { host: text = "", port: portText = "", network, namespace } = request.query;
      const host = parseHostname(text);
      const port = parsePortNumber(/^\d{1,5}$/.test(portText) ? Number(portText) : 0);
      if (!host.ok) throw new SdkError("bad-data", `name a host, ?host=HOST&port=PORT: ${host.error}`);
      if (!port.ok) throw new SdkError("bad-data", `name a port from 1 to 65535, ?host=HOST&port=PORT: ${port.error}`);
      const from = { network: networkOf(network), ...(namespace === undefined ? {} : { namespace }) };
      const snapshot = current();
      const route = createRoutingModel(snapshot).host(host.value, port.value, from);
      return { ...route, declaredPorts: declaredPorts(snapshot, host.value) };
    },
  );
}

function gatewayAddress(snapshot: MeshSnapshot, wanted: string | undefined): string {
  const known = [...snapshot.networks.gateways].filter(([, list]) => list.length > 0);
  const found = known.filter(([network]) => wanted === undefined || network === wanted);
  const address = found[0]?.[1][0]?.address;
  if (address === undefined) {
    const where = wanted === undefined ? "no network of the mesh" : `network "${printable(wanted)}"`;
    const none = wanted === undefined ? "has a gateway" : "has no gateway";
    throw new SdkError("not-found", `${where} ${none}: give it one in meshNetworks of the mesh's settings`);
  }
  if (found.length === 1) return address;
  const names = known.map(([network]) => network).join(", ");
  throw new SdkError("usage", `several networks have a gateway (${names}): name one with --network`);
}

function declaredPorts(snapshot: MeshSnapshot, host: Hostname): readonly number[] {
  const ids = snapshot.servicesByHost.get(host) ?? [];
  const ports = ids.flatMap((id) => snapshot.services.get(id)?.ports ?? []).map((port) => Number(port.number));
  return [...new Set(ports)].sort((a, b) => a - b);
}

function networkOf(text: string | undefined): NetworkId {
  if (text === undefined || text === "") return DEFAULT_NETWORK;
  const network = parseNetworkId(text);
  if (!network.ok) throw new SdkError("bad-data", network.error);
  return network.value;
}

function namespaceOf(text: string | undefined): Namespace | undefined {
  if (text === undefined) return undefined;
  const namespace = parseNamespace(text);
  if (!namespace.ok) throw new SdkError("bad-data", namespace.error);
  return namespace.value;
}
