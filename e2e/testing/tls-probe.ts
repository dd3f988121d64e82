import { connect, type PeerCertificate, type TLSSocket } from "node:tls";

/** What a TLS connection met: somebody's certificate, by its URIs, or nothing but the end of the connection. */
export type TlsOutcome =
  | { readonly kind: "certificate"; readonly uris: readonly string[]; readonly names: readonly string[] }
  | { readonly kind: "closed"; readonly reason: string };

/** Opens TLS with an SNI (empty: none) and without a certificate of its own, and looks whose certificate comes back. */
export function probeTls(address: string, port: number, sni: string): Promise<TlsOutcome> {
  return new Promise((resolve) => {
    const socket: TLSSocket = connect({
      host: address,
      port,
      ...(sni === "" ? {} : { servername: sni }),
      rejectUnauthorized: false,
      checkServerIdentity: () => undefined,
      // What sidecars speak among each other, and what the control plane does.
      ALPNProtocols: ["istio", "h2"],
    });
    const end = (outcome: TlsOutcome) => {
      resolve(outcome);
      socket.destroy();
    };
    // The server's certificate arrives before anything is asked of ours.
    socket.once("secureConnect", () => end({ kind: "certificate", ...alternativeNames(socket.getPeerCertificate()) }));
    socket.once("error", (error: NodeJS.ErrnoException) =>
      end({ kind: "closed", reason: error.code ?? error.message }),
    );
    socket.once("close", () => end({ kind: "closed", reason: "closed" }));
    socket.setTimeout(5_000, () => end({ kind: "closed", reason: "nothing in 5 s" }));
  });
}

function alternativeNames(certificate: PeerCertificate): { uris: readonly string[]; names: readonly string[] } {
  const list = (certificate.subjectaltname ?? "").split(", ");
  const of = (kind: string) => list.filter((item) => item.startsWith(kind)).map((item) => item.slice(kind.length));
  return { uris: of("URI:"), names: of("DNS:") };
}
