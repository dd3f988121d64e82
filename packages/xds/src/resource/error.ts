export type XdsErrorCode =
  /** A snapshot given by a caller refers to a resource that it does not hold. */
  | "XDS_INCONSISTENT_SNAPSHOT"
  /** Two resources of one type and name were given for one layer. */
  | "XDS_DUPLICATE_RESOURCE"
  /** A message of a type that the table of resource types does not hold was to be encoded. */
  | "XDS_UNKNOWN_TYPE"
  /** A listener in plaintext was asked for on an address that is not loopback. */
  | "XDS_INSECURE_ADDRESS"
  /** An address or a port could not be listened on. */
  | "XDS_LISTEN_FAILED"
  /** The certificate, key or client authority of a listener cannot be used. */
  | "XDS_BAD_CERTIFICATE";

/** Every error that this package throws. What a peer does wrong is a status on its stream, never a throw. */
export class XdsError extends Error {
  readonly code: XdsErrorCode;

  constructor(code: XdsErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "XdsError";
    this.code = code;
  }
}
