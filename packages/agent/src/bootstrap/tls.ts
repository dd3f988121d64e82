import {
  ApiVersion,
  type CommonTlsContextSchema,
  create,
  type MessageInitShape,
  packAny,
  type SdsSecretConfigSchema,
  SubjectAltNameMatcher_SanType,
  TlsParameters_TlsProtocol,
  type TransportSocketSchema,
  UpstreamTlsContextSchema,
} from "@portolan/envoy";
import { CERTIFICATE_SECRET, TRUST_SECRET } from "@portolan/identity";
import { type BootstrapAuthentication, CONTROL_PLANE_NAME } from "./options.ts";
import { secretFilePaths } from "./secret-files.ts";

/** The transport to the control plane: it must bear the control plane's name, signed by the mesh's root. */
export function controlPlaneTransport(
  authentication: Extract<BootstrapAuthentication, { kind: "mtls" }>,
): MessageInitShape<typeof TransportSocketSchema> {
  const context = create(UpstreamTlsContextSchema, {
    sni: CONTROL_PLANE_NAME,
    commonTlsContext: commonTlsContext(authentication),
  });
  return {
    name: "envoy.transport_sockets.tls",
    configType: { case: "typedConfig", value: packAny(UpstreamTlsContextSchema, context) },
  };
}

const terms = {
  alpnProtocols: ["h2"],
  tlsParams: {
    tlsMinimumProtocolVersion: TlsParameters_TlsProtocol.TLSv1_2,
    tlsMaximumProtocolVersion: TlsParameters_TlsProtocol.TLSv1_3,
  },
};

const controlPlaneOnly = {
  sanType: SubjectAltNameMatcher_SanType.DNS,
  matcher: { matchPattern: { case: "exact" as const, value: CONTROL_PLANE_NAME } },
};

function commonTlsContext({
  certificates,
  secretFiles,
}: Extract<BootstrapAuthentication, { kind: "mtls" }>): MessageInitShape<typeof CommonTlsContextSchema> {
  if (secretFiles === undefined) {
    const file = (name: string) => ({ specifier: { case: "filename" as const, value: `${certificates}/${name}` } });
    return {
      ...terms,
      tlsCertificates: [{ certificateChain: file("cert-chain.pem"), privateKey: file("key.pem") }],
      validationContextType: {
        case: "validationContext",
        value: { trustedCa: file("root-cert.pem"), matchTypedSubjectAltNames: [controlPlaneOnly] },
      },
    };
  }
  const paths = secretFilePaths(secretFiles);
  return {
    ...terms,
    tlsCertificateSdsSecretConfigs: [fromFile(CERTIFICATE_SECRET, paths.certificate)],
    validationContextType: {
      case: "combinedValidationContext",
      value: {
        defaultValidationContext: { matchTypedSubjectAltNames: [controlPlaneOnly] },
        validationContextSdsSecretConfig: fromFile(TRUST_SECRET, paths.trust),
      },
    },
  };
}

function fromFile(name: string, path: string): MessageInitShape<typeof SdsSecretConfigSchema> {
  const source = { case: "pathConfigSource" as const, value: { path } };
  return { name, sdsConfig: { configSourceSpecifier: source, resourceApiVersion: ApiVersion.V3 } };
}
