import { create, SecretSchema } from "@portolan/envoy";
import type { Secret } from "@portolan/model";
import { type EncodedResource, encodeResource } from "../resource/encoded-resource.ts";
import { sha256Version } from "./hash.ts";

/** An Envoy Secret of that name. It holds the key in clear: it goes to the peer's own stream and nowhere else. */
export function encodeSecret(name: string, secret: Secret): EncodedResource {
  const message =
    secret.kind === "certificate"
      ? create(SecretSchema, {
          name,
          type: {
            case: "tlsCertificate",
            value: {
              certificateChain: { specifier: { case: "inlineString", value: secret.certificateChain } },
              privateKey: { specifier: { case: "inlineString", value: secret.privateKey.reveal() } },
            },
          },
        })
      : create(SecretSchema, {
          name,
          type: {
            case: "validationContext",
            value: { trustedCa: { specifier: { case: "inlineString", value: secret.rootCertificates } } },
          },
        });
  return encodeResource(message, sha256Version);
}
