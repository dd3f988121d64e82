/** What a port carries, as Istio names it. */
export type Protocol =
  | "HTTP"
  | "HTTP2"
  | "GRPC"
  | "GRPC-WEB"
  | "HTTPS"
  | "TLS"
  | "TCP"
  | "MONGO"
  | "REDIS"
  | "MYSQL"
  | "UDP";

export type ProtocolFamily = "http" | "tls" | "tcp" | "udp";

const families: Readonly<Record<Protocol, ProtocolFamily>> = {
  HTTP: "http",
  HTTP2: "http",
  GRPC: "http",
  "GRPC-WEB": "http",
  HTTPS: "tls",
  TLS: "tls",
  TCP: "tcp",
  MONGO: "tcp",
  REDIS: "tcp",
  MYSQL: "tcp",
  UDP: "udp",
};

export function protocolFamily(protocol: Protocol): ProtocolFamily {
  return families[protocol];
}

/** Case does not matter: `http`, `HTTP` and `Http` are one. */
export function parseProtocol(text: string): Protocol | undefined {
  const upper = text.toUpperCase();
  return Object.hasOwn(families, upper) ? (upper as Protocol) : undefined;
}

/**
 * A Service port's protocol by Istio's rules: UDP only when said explicitly, then `appProtocol`, then the port's name up to its
 * first `-` (`http-web` is HTTP, `http2foo` is TCP), else TCP.
 */
export function protocolOfPort(name: string, transport: string, appProtocol: string | undefined): Protocol {
  if (transport.toUpperCase() === "UDP") return "UDP";
  const said = appProtocol === undefined ? undefined : parseProtocol(appProtocol);
  const prefix = name.toLowerCase().startsWith("grpc-web") ? "grpc-web" : (name.split("-", 1)[0] ?? "");
  const named = said ?? parseProtocol(prefix);
  return named === undefined || named === "UDP" ? "TCP" : named;
}
