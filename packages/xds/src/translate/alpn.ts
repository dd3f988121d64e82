import type { Protocol, ProtocolFamily } from "@portolan/model";

/** Protocols of the HTTP family that are HTTP/2 on the wire. */
export function isHttp2(protocol: Protocol): boolean {
  return protocol === "HTTP2" || protocol === "GRPC" || protocol === "GRPC-WEB";
}

/**
 * What a client offers inside the mesh. The `istio-` names are those by which an Istio sidecar tells mesh traffic from
 * an application's own TLS; our inbound side chooses the plain ones.
 */
export function clientAlpn(family: ProtocolFamily, http2: boolean): readonly string[] {
  if (family !== "http") return ["istio"];
  return http2 ? ["istio-h2", "h2"] : ["istio-http/1.1", "http/1.1"];
}

/** What the inbound side chooses from, in its order. */
export function serverAlpn(family: ProtocolFamily): readonly string[] {
  return family === "http" ? ["h2", "http/1.1"] : ["istio"];
}
