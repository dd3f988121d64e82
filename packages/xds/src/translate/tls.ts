import {
  CertificateValidationContextSchema,
  CommonTlsContext_CombinedCertificateValidationContextSchema,
  create,
  type DescMessage,
  DownstreamTlsContextSchema,
  type MessageShape,
  packAny,
  RawBufferSchema,
  type SubjectAltNameMatcher,
  SubjectAltNameMatcher_SanType,
  SubjectAltNameMatcherSchema,
  type TransportSocket,
  TransportSocketSchema,
  UpstreamTlsContextSchema,
} from "@portolan/envoy";
import type { ClientTls } from "@portolan/model";
import { CERTIFICATE_SECRET, type SecretOrigin, secretConfig, TRUST_SECRET } from "./secret-config.ts";

const SOCKET = "envoy.transport_sockets.";

/** The public authorities of the proxy's machine, where Debian, Ubuntu and Alpine keep them. */
const SYSTEM_ROOTS = "/etc/ssl/certs/ca-certificates.crt";

/** Whom a client accepts as the other side of mutual TLS: one of these names, or any URI that begins so. */
export type ExpectedPeer =
  | { readonly kind: "exact"; readonly names: readonly string[] }
  | { readonly kind: "prefix"; readonly uri: string };

/** The client's side of the mesh's mutual TLS. */
export function meshClientTls(options: {
  readonly sni: string;
  readonly peer: ExpectedPeer;
  readonly alpn: readonly string[];
  readonly secrets: SecretOrigin;
}): TransportSocket {
  const { peer } = options;
  const names = peer.kind === "exact" ? peer.names.map(exactMatcher) : [uriMatcher("prefix", peer.uri)];
  return socket(
    "tls",
    UpstreamTlsContextSchema,
    create(UpstreamTlsContextSchema, {
      sni: options.sni,
      commonTlsContext: {
        alpnProtocols: [...options.alpn],
        tlsCertificateSdsSecretConfigs: [secretConfig(CERTIFICATE_SECRET, options.secrets)],
        validationContextType: {
          case: "combinedValidationContext",
          value: create(CommonTlsContext_CombinedCertificateValidationContextSchema, {
            defaultValidationContext: { matchTypedSubjectAltNames: names },
            validationContextSdsSecretConfig: secretConfig(TRUST_SECRET, options.secrets),
          }),
        },
      },
    }),
  );
}

/** The server's side of the mesh's mutual TLS: every certificate of the mesh is let in. */
export function meshServerTls(alpn: readonly string[], secrets: SecretOrigin): TransportSocket {
  return socket(
    "tls",
    DownstreamTlsContextSchema,
    create(DownstreamTlsContextSchema, {
      requireClientCertificate: true,
      commonTlsContext: {
        alpnProtocols: [...alpn],
        tlsCertificateSdsSecretConfigs: [secretConfig(CERTIFICATE_SECRET, secrets)],
        validationContextType: {
          case: "validationContextSdsSecretConfig",
          value: secretConfig(TRUST_SECRET, secrets),
        },
      },
    }),
  );
}

/** TLS that a DestinationRule starts, with certificates that are files of the proxy's machine (or the system's roots). */
export function originatedTls(
  tls: Extract<ClientTls, { mode: "SIMPLE" | "MUTUAL" }>,
  host: string,
  alpn: readonly string[],
): TransportSocket {
  const sni = tls.sni ?? host;
  const names = tls.subjectAltNames.length > 0 ? tls.subjectAltNames : [sni];
  return socket(
    "tls",
    UpstreamTlsContextSchema,
    create(UpstreamTlsContextSchema, {
      sni,
      commonTlsContext: {
        alpnProtocols: [...alpn],
        tlsCertificates:
          tls.clientCertificate === undefined || tls.privateKey === undefined
            ? []
            : [{ certificateChain: file(tls.clientCertificate), privateKey: file(tls.privateKey) }],
        // Names are worth nothing where the chain is not verified, and Envoy refuses them there.
        validationContextType: tls.insecureSkipVerify
          ? { case: undefined }
          : {
              case: "validationContext",
              value: create(CertificateValidationContextSchema, {
                trustedCa: file(tls.caCertificates ?? SYSTEM_ROOTS),
                matchTypedSubjectAltNames: names.map(exactMatcher),
              }),
            },
      },
    }),
  );
}

export function plaintextSocket(): TransportSocket {
  return socket("raw_buffer", RawBufferSchema, create(RawBufferSchema));
}

function socket<Schema extends DescMessage>(
  name: string,
  schema: Schema,
  message: MessageShape<Schema>,
): TransportSocket {
  return create(TransportSocketSchema, {
    name: SOCKET + name,
    configType: { case: "typedConfig", value: packAny(schema, message) },
  });
}

function file(filename: string): { specifier: { case: "filename"; value: string } } {
  return { specifier: { case: "filename", value: filename } };
}

function uriMatcher(kind: "exact" | "prefix", value: string): SubjectAltNameMatcher {
  return create(SubjectAltNameMatcherSchema, {
    sanType: SubjectAltNameMatcher_SanType.URI,
    matcher: { matchPattern: { case: kind, value } },
  });
}

function exactMatcher(value: string): SubjectAltNameMatcher {
  if (value.includes("://")) return uriMatcher("exact", value);
  return create(SubjectAltNameMatcherSchema, {
    sanType: SubjectAltNameMatcher_SanType.DNS,
    matcher: { matchPattern: { case: "exact", value } },
  });
}
