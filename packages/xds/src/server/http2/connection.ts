/** Who is at the other end of a connection. */
export interface Connection {
  /** IP and port. */
  readonly address: string;
  /** Its certificate (DER), where TLS has verified one. */
  readonly certificate: Buffer | undefined;
}

/** What a connection is told of the calls on it. */
export interface CallConnection extends Connection {
  /** Whether a message of it was read whole. */
  proved: boolean;
  /** So many bytes of what it sends are a message's. */
  messageBytes(bytes: number): void;
}
