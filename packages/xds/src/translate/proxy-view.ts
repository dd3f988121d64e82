import type { JsonObject, JsonValue } from "@portolan/envoy";
import {
  type Capabilities,
  DEFAULT_NETWORK,
  fail,
  type Identity,
  type Labels,
  type Namespace,
  type NetworkId,
  type NodeId,
  ok,
  type PortNumber,
  type ProxyMode,
  type ProxyView,
  parseNetworkId,
  parseNodeId,
  parsePortNumber,
  parseServiceAccountName,
  printable,
  type Result,
  type ServiceAccountName,
  type TrustDomain,
} from "@portolan/model";

/** What holds where a node does not say. */
export interface ProxyDefaults {
  readonly mode: ProxyMode;
  readonly trustDomain: TrustDomain;
  /** The lowest port that a process without privileges may bind (Linux: 1024). */
  readonly lowestPort: PortNumber;
}

/** What a proxy says about itself. */
export interface ProxyNode {
  readonly id: string;
  readonly cluster: string;
  readonly metadata: JsonObject;
  /** `region/zone/subzone`, empty if not said. */
  readonly locality: string;
}

/**
 * What a proxy is, from what its channel proved and what its node says. The node may only narrow the identity: another
 * namespace or account than the certificate's is refused. Without a certificate (plaintext on loopback) the node is believed.
 */
export function parseProxyView(
  node: ProxyNode,
  identity: Identity | undefined,
  defaults: ProxyDefaults,
): Result<ProxyView> {
  const id = parseNodeId(node.id);
  if (!id.ok) return id;
  const { metadata } = node;
  const proved = checkedIdentity(id.value, metadata, identity, defaults.trustDomain);
  if (!proved.ok) return proved;
  const network = networkOf(metadata);
  if (!network.ok) return network;
  const mode = modeOf(metadata, defaults.mode);
  if (!mode.ok) return mode;
  const capabilities = capabilitiesOf(metadata, defaults.lowestPort);
  if (!capabilities.ok) return capabilities;
  const { role, name, namespace, address } = id.value;
  return ok({
    nodeId: node.id,
    role,
    name,
    namespace,
    labels: labelsOf(metadata.LABELS),
    identity: proved.value,
    address,
    network: network.value,
    cluster: textOf(metadata.CLUSTER_ID) ?? node.cluster,
    locality: node.locality,
    mode: mode.value,
    capabilities: capabilities.value,
  });
}

function checkedIdentity(
  id: NodeId,
  metadata: JsonObject,
  proved: Identity | undefined,
  trustDomain: TrustDomain,
): Result<Identity> {
  const said = textOf(metadata.NAMESPACE);
  if (said !== undefined && said !== id.namespace) {
    return fail(
      `NAMESPACE "${printable(said)}" is not the namespace "${id.namespace}" of node id "${id.name}.${id.namespace}"`,
    );
  }
  const account = textOf(metadata.SERVICE_ACCOUNT);
  if (proved === undefined) {
    const parsed = parseServiceAccountName(account ?? "default");
    return parsed.ok ? ok(claimed(trustDomain, id.namespace, parsed.value)) : parsed;
  }
  if (proved.namespace !== id.namespace) {
    return fail(`the node says namespace "${id.namespace}", its certificate says "${proved.namespace}"`);
  }
  if (account !== undefined && account !== proved.serviceAccount) {
    return fail(
      `the node says service account "${printable(account)}", its certificate says "${proved.serviceAccount}"`,
    );
  }
  return ok(proved);
}

function claimed(trustDomain: TrustDomain, namespace: Namespace, serviceAccount: ServiceAccountName): Identity {
  return { trustDomain, namespace, serviceAccount };
}

function networkOf(metadata: JsonObject): Result<NetworkId> {
  const text = textOf(metadata.NETWORK);
  return text === undefined || text === "" ? ok(DEFAULT_NETWORK) : parseNetworkId(text);
}

function modeOf(metadata: JsonObject, otherwise: ProxyMode): Result<ProxyMode> {
  const text = textOf(metadata.MODE);
  if (text === undefined || text === "") return ok(otherwise);
  if (text === "bind" || text === "capture") return ok(text);
  return fail(`MODE "${printable(text)}" is neither "bind" nor "capture"`);
}

function capabilitiesOf(metadata: JsonObject, defaultLowest: PortNumber): Result<Capabilities> {
  const lowest = textOf(metadata.LOWEST_PORT);
  const lowestPort = lowest === undefined || lowest === "" ? ok(defaultLowest) : lowestOf(lowest);
  if (!lowestPort.ok) return lowestPort;
  const inboundPorts = inboundPortsOf(textOf(metadata.INBOUND_PORTS));
  if (!inboundPorts.ok) return inboundPorts;
  const secrets = textOf(metadata.SECRETS) ?? "ads";
  if (secrets !== "ads" && secrets !== "agent") {
    return fail(`SECRETS "${printable(secrets)}" is neither "ads" nor "agent"`);
  }
  return ok({ lowestPort: lowestPort.value, inboundPorts: inboundPorts.value, secrets });
}

/** 0 is what Linux says where every port may be bound. */
function lowestOf(text: string): Result<PortNumber> {
  return text === "0" ? parsePortNumber(1) : portOf("LOWEST_PORT", text);
}

/** Absent or `*`: every port that services name; empty: none. */
function inboundPortsOf(text: string | undefined): Result<Capabilities["inboundPorts"]> {
  if (text === undefined || text.trim() === "*") return ok("*");
  const ports = new Set<PortNumber>();
  for (const part of text.split(",").map((item) => item.trim())) {
    if (part === "") continue;
    const port = portOf("INBOUND_PORTS", part);
    if (!port.ok) return port;
    ports.add(port.value);
  }
  return ok([...ports].sort((a, b) => a - b));
}

function portOf(field: string, text: string): Result<PortNumber> {
  const parsed = /^\d{1,5}$/.test(text) ? parsePortNumber(Number(text)) : fail("");
  return parsed.ok ? parsed : fail(`${field}: "${printable(text)}" is not a port: use a whole number from 1 to 65535`);
}

function labelsOf(value: JsonValue | undefined): Labels {
  if (value === null || typeof value !== "object" || Array.isArray(value)) return new Map();
  return new Map(Object.entries(value).flatMap(([key, text]) => (typeof text === "string" ? [[key, text]] : [])));
}

function textOf(value: JsonValue | undefined): string | undefined {
  return typeof value === "string" ? value : undefined;
}
