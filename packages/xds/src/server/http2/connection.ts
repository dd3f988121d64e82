import type { ServerHttp2Session } from "node:http2";
import { TLSSocket } from "node:tls";

/** Who is at the other end of a connection, found once. */
export interface Connection {
  /** IP and port. */
  readonly address: string;
  /** Its certificate (DER), where TLS has verified one. */
  readonly certificate: Buffer | undefined;
}

export function connectionOf(session: ServerHttp2Session): Connection {
  const { socket } = session;
  const { remoteAddress = "unknown", remotePort } = socket;
  const address = remotePort === undefined ? remoteAddress : `${remoteAddress}:${remotePort}`;
  if (!(socket instanceof TLSSocket) || !socket.authorized) return { address, certificate: undefined };
  const { raw } = socket.getPeerCertificate();
  return { address, certificate: raw };
}
