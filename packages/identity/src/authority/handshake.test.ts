import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { connect, createServer, type TLSSocket } from "node:tls";
import { expect, onTestFinished, test } from "vitest";
import { HOUR_MS, identityOf, testAuthority } from "../testing/authority.ts";
import type { CertificateAuthority, CertificateSecret } from "./authority.ts";

const ISTIOD = "istiod.istio-system.svc";
const reviews = identityOf("shop", "reviews");
const shown = (secret: CertificateSecret) => ({ cert: secret.certificateChain, key: secret.privateKey.reveal() });

/** A server that asks for a client certificate of the mesh; tells the URI of whoever got in, or why it would not let in. */
async function meshServer(authority: CertificateAuthority, own: CertificateSecret, rejectUnauthorized = true) {
  const server = createServer({
    ...shown(own),
    ca: authority.rootCertificates,
    requestCert: true,
    rejectUnauthorized,
    minVersion: "TLSv1.2",
  });
  server.on("secureConnection", (socket) =>
    socket.end(
      socket.authorized ? String(socket.getPeerCertificate().subjectaltname) : String(socket.authorizationError),
    ),
  );
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

async function call(port: number, ca: string, client: CertificateSecret | undefined, name = ISTIOD): Promise<string> {
  const socket: TLSSocket = connect({
    ...{ host: "127.0.0.1", port, servername: name, ca },
    ...(client === undefined ? {} : shown(client)),
  });
  let text = "";
  socket.setEncoding("utf8").on("data", (chunk: string) => {
    text += chunk;
  });
  return new Promise((resolve) => {
    socket.once("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    socket.once("close", () => resolve(text));
  });
}

test("0.08 who has a certificate of the mesh is let in, and nobody else", async () => {
  const authority = await testAuthority();
  const other = await testAuthority();
  const own = await authority.newServerCertificate({
    identity: identityOf("istio-system", "istiod"),
    dnsNames: [ISTIOD],
  });
  const port = await meshServer(authority, own);
  const root = authority.rootCertificates;
  expect(await call(port, root, await authority.newCertificate(reviews))).toBe(
    "URI:spiffe://cluster.local/ns/shop/sa/reviews",
  );
  expect(await call(port, root, undefined)).toBe("ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED");
  expect(await call(port, root, await other.newCertificate(reviews))).toMatch(/^$|ECONNRESET|ALERT/);
  expect(await call(port, other.rootCertificates, await authority.newCertificate(reviews))).toMatch(
    /UNABLE_TO_VERIFY|SELF_SIGNED/,
  );
  expect(await call(port, root, await authority.newCertificate(reviews), "reviews.shop")).toBe(
    "ERR_TLS_CERT_ALTNAME_INVALID",
  );
});

test("S-01 expired, not yet valid and foreign certificates are told apart", async () => {
  let nowMs = Date.now();
  const authority = await testAuthority({ now: () => nowMs, madeMs: Date.now() - 100 * HOUR_MS });
  const own = await authority.newServerCertificate({ identity: reviews, dnsNames: [ISTIOD] });
  const port = await meshServer(authority, own, false);
  const answer = async (client: CertificateSecret) => call(port, authority.rootCertificates, client);
  nowMs = Date.now() - 25 * HOUR_MS;
  expect(await answer(await authority.newCertificate(reviews))).toContain("CERT_HAS_EXPIRED");
  nowMs = Date.now() + HOUR_MS;
  expect(await answer(await authority.newCertificate(reviews))).toContain("CERT_NOT_YET_VALID");
  expect(await answer(await (await testAuthority()).newCertificate(reviews))).toMatch(/UNABLE_TO_/);
});
