import {
  type Cluster,
  Cluster_DiscoveryType,
  Cluster_DnsLookupFamily,
  ClusterSchema,
  create,
  type MessageInitShape,
  type TransportSocket,
} from "@portolan/envoy";
import {
  type ClientTls,
  type DestinationRuleObject,
  formatClusterName,
  formatSni,
  type Hostname,
  protocolFamily,
  type Service,
  type ServicePort,
  type Subset,
} from "@portolan/model";
import { adsSource } from "./ads.ts";
import { clientAlpn, isHttp2 } from "./alpn.ts";
import { circuitBreakers, HTTP_PROTOCOL_OPTIONS, httpProtocolOptions } from "./connection-pool.ts";
import type { Discovery } from "./discovery.ts";
import { durationOfMs } from "./duration.ts";
import { loadAssignment } from "./load-assignment.ts";
import type { SecretOrigin } from "./secret-config.ts";
import type { ShapedMessage } from "./shaped-message.ts";
import { type ExpectedPeer, meshClientTls, originatedTls, plaintextSocket } from "./tls.ts";
import { trafficPolicy } from "./traffic-policy.ts";

type ClusterInit = Exclude<MessageInitShape<typeof ClusterSchema>, Cluster>;

/** All that a cluster is made from. */
export interface OutboundClusterInput {
  readonly service: Pick<Service, "hostname" | "location" | "externalName">;
  readonly port: Pick<ServicePort, "number" | "protocol">;
  readonly subset: Subset | undefined;
  readonly rule: DestinationRuleObject | undefined;
  readonly discovery: Exclude<Discovery, { kind: "none" }>;
  readonly peer: ExpectedPeer;
  readonly secrets: SecretOrigin;
}

/** Names that begin so are URIs in a certificate; those that have a scheme elsewhere are left to the message. */
const SPIFFE = "spiffe://";

/** Clusters with endpoints of their own differ in names, unless a rule says more. */
export function shapedCluster(input: OutboundClusterInput): ShapedMessage | Cluster {
  const { service, port, subset, rule, discovery, peer, secrets } = input;
  const { tls, connectionPool } = trafficPolicy(rule, port.number, subset);
  const names = peer.kind === "exact" ? peer.names : [peer.uri];
  const isPlain = discovery.kind === "eds" && (tls === undefined || tls.mode === "DISABLE" || isUsual(tls));
  if (!isPlain || names.length > MAX_NAMES || !names.every(isTextual)) return translateOutboundCluster(input);
  const isUri = names.map((name) => name.startsWith(SPIFFE));
  const { location, externalName } = service;
  return {
    kind: "shaped",
    shape: [
      "cluster",
      port.number,
      port.protocol,
      subset === undefined,
      location,
      externalName === undefined,
      tls?.mode,
      connectionPool === undefined ? "" : JSON.stringify(connectionPool),
      peer.kind,
      isUri,
      secrets,
    ].join(" "),
    texts: [
      service.hostname,
      subset === undefined ? NO_SUBSET : subset.name,
      ...names.map((name, at) => (isUri[at] ? name.slice(SPIFFE.length) : name)),
    ],
    translate([hostname = "", name = "", ...peers]) {
      const accepted = peers.map((peer, at) => (isUri[at] ? SPIFFE + peer : peer));
      return translateOutboundCluster({
        ...input,
        service: { hostname: hostname as Hostname, location, externalName },
        subset: subset && { ...subset, name: name as Subset["name"] },
        peer: peer.kind === "exact" ? { kind: "exact", names: accepted } : { kind: "prefix", uri: accepted[0] ?? "" },
      });
    },
  };
}

/** Is not used; a text must not be empty. */
const NO_SUBSET = "-";
const MAX_NAMES = 16;

function isUsual(tls: ClientTls): boolean {
  return tls.mode === "ISTIO_MUTUAL" && tls.sni === undefined;
}

function isTextual(name: string): boolean {
  return name.indexOf("://") === (name.startsWith(SPIFFE) ? SPIFFE.length - 3 : -1);
}

/**
 * A service's port as a client's upstream, `outbound|PORT|SUBSET|HOST`. Without a rule on TLS, endpoints with an Envoy are
 * called over the mesh's mutual TLS and others in plaintext, endpoint by endpoint.
 */
export function translateOutboundCluster(input: OutboundClusterInput): Cluster {
  const { service, port, subset, discovery } = input;
  const target = { hostname: service.hostname, port: port.number, subset: subset?.name ?? "" };
  const name = formatClusterName(target);
  const { tls, connectionPool } = trafficPolicy(input.rule, port.number, subset);
  const family = protocolFamily(port.protocol);
  const http2 = isHttp2(port.protocol) || (family === "http" && connectionPool?.h2Upgrade === true);

  const meshTls = (sni: string | undefined): TransportSocket =>
    meshClientTls({
      sni: sni ?? formatSni(target),
      peer: input.peer,
      alpn: clientAlpn(family, http2),
      secrets: input.secrets,
    });
  const sockets = (): ClusterInit => {
    switch (tls?.mode) {
      case "DISABLE":
        return {};
      case "ISTIO_MUTUAL":
        return { transportSocket: meshTls(tls.sni) };
      case "SIMPLE":
      case "MUTUAL": {
        const alpn = family === "http" ? [http2 ? "h2" : "http/1.1"] : [];
        return { transportSocket: originatedTls(tls, service.externalName ?? service.hostname, alpn) };
      }
      case undefined:
        if (service.location === "MESH_EXTERNAL" || service.externalName !== undefined) return {};
        return {
          transportSocketMatches: [
            { name: "mesh", match: { tlsMode: "istio" }, transportSocket: meshTls(undefined) },
            { name: "plaintext", match: {}, transportSocket: plaintextSocket() },
          ],
        };
    }
  };
  const breakers = circuitBreakers(connectionPool);
  return create(ClusterSchema, {
    name,
    ...discoveryFields(name, discovery),
    ...(connectionPool?.connectTimeoutMs === undefined
      ? {}
      : { connectTimeout: durationOfMs(connectionPool.connectTimeoutMs) }),
    ...(breakers === undefined ? {} : { circuitBreakers: breakers }),
    ...(family === "http"
      ? { typedExtensionProtocolOptions: { [HTTP_PROTOCOL_OPTIONS]: httpProtocolOptions(connectionPool, http2) } }
      : {}),
    // An endpoint that is known to be down is not called because half of the others are down too.
    commonLbConfig: { healthyPanicThreshold: { value: 0 } },
    ...sockets(),
  });
}

/** Endpoints over the same ADS stream, under the cluster's own name, or resolved by Envoy. */
export function discoveryFields(name: string, discovery: OutboundClusterInput["discovery"]): ClusterInit {
  if (discovery.kind === "eds") {
    return {
      clusterDiscoveryType: { case: "type", value: Cluster_DiscoveryType.EDS },
      edsClusterConfig: { edsConfig: adsSource() },
    };
  }
  return {
    clusterDiscoveryType: { case: "type", value: Cluster_DiscoveryType.STRICT_DNS },
    dnsLookupFamily: Cluster_DnsLookupFamily.V4_PREFERRED,
    loadAssignment: loadAssignment(name, discovery.addresses),
  };
}
