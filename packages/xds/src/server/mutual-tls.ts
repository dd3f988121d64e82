import { constants } from "node:crypto";
import { createSecureContext, type SecureContextOptions } from "node:tls";
import { SecretText } from "@portolan/model";
import { XdsError } from "../resource/error.ts";

/** PEM texts. */
export interface TlsCertificates {
  /** The server's own, leaf first. */
  readonly certificateChain: string;
  readonly privateKey: SecretText;
  /** Who may sign the certificates of clients. */
  readonly clientAuthorities: string;
}

/**
 * TLS 1.2 or newer, for servers that demand a client certificate.
 *
 * @throws XdsError `bad-certificate`
 */
export function secureContextOf({
  certificateChain,
  privateKey,
  clientAuthorities,
}: TlsCertificates): SecureContextOptions {
  if (!(privateKey instanceof SecretText)) {
    throw new XdsError(
      "bad-certificate",
      "privateKey is a text that is never printed: new SecretText(pem) of @portolan/model",
    );
  }
  const options: SecureContextOptions = {
    cert: certificateChain,
    key: privateKey.reveal(),
    ca: clientAuthorities,
    minVersion: "TLSv1.2",
    // As HTTP/2 demands of TLS 1.2 (RFC 9113, section 9.2.1). Compression, which it forbids as well, OpenSSL leaves off.
    secureOptions: constants.SSL_OP_NO_RENEGOTIATION,
  };
  try {
    createSecureContext(options);
  } catch {
    // The cause may quote what it was given.
    throw new XdsError("bad-certificate", "the certificate, its key or the client authorities cannot be used");
  }
  return options;
}
