export type XdsErrorCode =
  /** A snapshot given by a caller refers to a resource that it does not hold, or holds two listeners on one address and port. */
  | "inconsistent-snapshot"
  /** Two resources of one type and name were given for one layer. */
  | "duplicate-resource"
  /** A message of a type that the table of resource types does not hold was to be encoded. */
  | "unknown-type"
  /** A TTL that is no number of milliseconds that clients and timers can keep. */
  | "bad-ttl"
  /** A listener in plaintext was asked for on an address that is not loopback. */
  | "insecure-address"
  /** An address or a port could not be listened on. */
  | "listen-failed"
  /** The certificate, key or client authority of a listener cannot be used. */
  | "bad-certificate"
  /** An option has no meaning: it is named. */
  | "bad-option";

/** Every error that this package throws. What a peer does wrong is a status on its stream, never a throw. */
export class XdsError extends Error {
  readonly code: XdsErrorCode;
  /** Of `listen-failed`: which of the server's `listen`, counted from 0. */
  readonly listener: number | undefined;

  constructor(code: XdsErrorCode, message: string, options?: ErrorOptions & { readonly listener?: number }) {
    super(message, options);
    this.name = "XdsError";
    this.code = code;
    this.listener = options?.listener;
  }
}
