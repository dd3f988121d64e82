import type { ClientTls, ConnectionPool, TrafficPolicy } from "@portolan/model";
import { parseDurationMs } from "../read/duration.ts";
import type { Field } from "../read/field.ts";

export const NO_POLICY: TrafficPolicy = { tls: undefined, connectionPool: undefined };

const MAX_COUNT = 2 ** 31 - 1;

export function readTrafficPolicy(policy: Field): TrafficPolicy {
  return { tls: readTls(policy.get("tls")), connectionPool: readPool(policy.get("connectionPool")) };
}

/** To be called when everything of a policy was asked for. */
export function restOfPolicy(policy: Field, unused: readonly string[] = []): void {
  policy.rest({ unused: ["loadBalancer", "outlierDetection", "tunnel", "proxyProtocol", "retryBudget", ...unused] });
}

/** Istio's rules: ISTIO_MUTUAL brings its own certificates, MUTUAL must be given them. */
function readTls(tls: Field): ClientTls | undefined {
  if (!tls.present) return undefined;
  const mode = tls.get("mode").choice(["DISABLE", "SIMPLE", "MUTUAL", "ISTIO_MUTUAL"]) ?? "DISABLE";
  const files = ["clientCertificate", "privateKey", "caCertificates"] as const;
  const [clientCertificate, privateKey, caCertificates] = files.map((name) => given(tls.get(name)));
  const sni = given(tls.get("sni"));
  const subjectAltNames = tls
    .get("subjectAltNames")
    .items()
    .flatMap((item) => item.text() ?? []);
  const insecureSkipVerify = tls.get("insecureSkipVerify").flag() ?? false;
  if (tls.get("credentialName").present) {
    tls
      .get("credentialName")
      .wrong("credentialName is not yet supported: name files under caCertificates, clientCertificate and privateKey");
  }
  tls.rest({ unused: ["caCrl"] });
  if (mode === "DISABLE") return { mode };
  if (mode === "ISTIO_MUTUAL") {
    for (const name of files) {
      if (tls.get(name).present)
        tls.get(name).wrong("ISTIO_MUTUAL uses the mesh's own certificates: leave it out, or use mode MUTUAL");
    }
    return { mode, sni };
  }
  if (mode === "MUTUAL") {
    for (const name of ["clientCertificate", "privateKey"])
      tls.get(name).required("mode MUTUAL needs the path of a PEM file");
  }
  return { mode, sni, subjectAltNames, caCertificates, clientCertificate, privateKey, insecureSkipVerify };
}

function given(field: Field): string | undefined {
  return field.present ? field.text() : undefined;
}

function readPool(pool: Field): ConnectionPool | undefined {
  if (!pool.present) return undefined;
  const tcp = pool.get("tcp");
  const http = pool.get("http");
  const upgrade = http.get("h2UpgradePolicy").choice(["DEFAULT", "DO_NOT_UPGRADE", "UPGRADE"]);
  const read: ConnectionPool = {
    maxConnections: count(tcp.get("maxConnections")),
    connectTimeoutMs: tcp.get("connectTimeout").parsed(parseDurationMs),
    http1MaxPendingRequests: count(http.get("http1MaxPendingRequests")),
    http2MaxRequests: count(http.get("http2MaxRequests")),
    maxRequestsPerConnection: count(http.get("maxRequestsPerConnection")),
    maxRetries: count(http.get("maxRetries")),
    idleTimeoutMs: http.get("idleTimeout").parsed(parseDurationMs),
    h2Upgrade: upgrade === "UPGRADE",
  };
  tcp.rest({ unused: ["tcpKeepalive", "maxConnectionDuration", "idleTimeout"] });
  http.rest({ unused: ["useClientProtocol", "maxConcurrentStreams"] });
  pool.rest();
  return read;
}

/** 0 is what Istio's protobuf says for "not given". */
function count(field: Field): number | undefined {
  const value = field.whole(0, MAX_COUNT);
  return value === 0 ? undefined : value;
}
