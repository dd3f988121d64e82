import { createSecureContext, type SecureContextOptions } from "node:tls";
import { ServerCredentials } from "@grpc/grpc-js";
import type { SecretText } from "@portolan/model";
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
 * TLS 1.2 or newer that demands a client certificate. The certificates can be replaced while connections are open: new
 * handshakes use the new ones.
 */
export class MutualTlsCredentials extends ServerCredentials {
  constructor(certificates: TlsCertificates, handshakeTimeout: number) {
    super({ requestCert: true, rejectUnauthorized: true, handshakeTimeout }, contextOf(certificates));
  }

  replace(certificates: TlsCertificates): void {
    this.updateSecureContextOptions(contextOf(certificates));
  }

  override _equals(other: ServerCredentials): boolean {
    return this === other;
  }
}

/** @throws XdsError `bad-certificate` */
function contextOf({ certificateChain, privateKey, clientAuthorities }: TlsCertificates): SecureContextOptions {
  const options: SecureContextOptions = {
    cert: certificateChain,
    key: privateKey.reveal(),
    ca: clientAuthorities,
    minVersion: "TLSv1.2",
  };
  try {
    createSecureContext(options);
  } catch {
    // The cause may quote what it was given.
    throw new XdsError("bad-certificate", "the certificate, its key or the client authorities cannot be used");
  }
  return options;
}
