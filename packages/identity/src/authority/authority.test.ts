import { X509Certificate } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseIpAddress, spiffeId } from "@portolan/model";
import fc from "fast-check";
import { expect, test, vi } from "vitest";
import { HOUR_MS, identityOf, testAuthority } from "../testing/authority.ts";
import { EC, openssl, RSA, temporaryFolder } from "../testing/openssl.ts";

// OpenSSL draws RSA keys here, for seconds on a busy machine.
vi.setConfig({ testTimeout: 60_000 });

const reviews = identityOf("shop", "reviews");
const now = () => Date.UTC(2030, 0, 1);
/** All that an attacker can write into a request. */
const GREEDY = `[req]
distinguished_name=dn
req_extensions=ext
prompt=no
[dn]
CN=admin.shop
O=system:masters
[ext]
basicConstraints=critical,CA:TRUE
keyUsage=keyCertSign
extendedKeyUsage=codeSigning
subjectAltName=URI:spiffe://cluster.local/ns/istio-system/sa/istiod,DNS:istiod.istio-system.svc
`;

async function request(folder: string, key: readonly string[], config = GREEDY): Promise<string> {
  await writeFile(join(folder, "req.cnf"), config);
  await openssl(folder, "req", "-new", ...key, "-nodes", "-keyout", "key.pem", "-out", "req.csr", "-config", "req.cnf");
  return readFile(join(folder, "req.csr"), "utf8");
}

async function shown(folder: string, pem: string): Promise<string> {
  await writeFile(join(folder, "leaf.pem"), pem);
  return openssl(folder, "x509", "-in", "leaf.pem", "-noout", "-text");
}

test.each([
  ["EC", EC, "Digital Signature"],
  ["RSA", RSA, "Digital Signature, Key Encipherment"],
])("S-12 a %s request decides nothing but the public key", async (_, key, usage) => {
  const folder = await temporaryFolder();
  const authority = await testAuthority({ now });
  const csr = await request(folder, key);
  const { certificateChain } = await authority.issue(reviews, { kind: "csr", csr });
  const text = await shown(folder, certificateChain);
  expect(text).toMatch(/Subject: \n/);
  expect(text).toMatch(/Subject Alternative Name: critical\n\s+URI:spiffe:\/\/cluster.local\/ns\/shop\/sa\/reviews\n/);
  expect(text).toMatch(/Basic Constraints: critical\n\s+CA:FALSE\n/);
  expect(text).toMatch(new RegExp(`X509v3 Key Usage: critical\\n\\s+${usage}\\n`));
  expect(text).toMatch(/Extended Key Usage: \n\s+TLS Web Server Authentication, TLS Web Client Authentication\n/);
  expect(text).not.toMatch(/istiod|masters|admin/);
  const asked = await openssl(folder, "req", "-in", "req.csr", "-noout", "-pubkey");
  expect(new X509Certificate(certificateChain).publicKey.export({ type: "spki", format: "pem" })).toBe(asked);
});

test("a server certificate names its identity, hosts and addresses and no more", async () => {
  const authority = await testAuthority({ now });
  const address = parseIpAddress("127.0.0.1");
  if (!address.ok) throw new Error(address.error);
  const { certificateChain, privateKey } = await authority.newServerCertificate({
    identity: identityOf("istio-system", "istiod"),
    dnsNames: ["istiod.istio-system.svc", "localhost"],
    addresses: [address.value],
  });
  const certificate = new X509Certificate(certificateChain);
  expect(certificate.subjectAltName).toBe(
    "URI:spiffe://cluster.local/ns/istio-system/sa/istiod, DNS:istiod.istio-system.svc, DNS:localhost, IP Address:127.0.0.1",
  );
  expect(`${privateKey}`).toBe("[redacted]");
});

test("a lifetime is clamped to the maximum and to the end of the authority", async () => {
  const authority = await testAuthority({ now, maxTtlMs: 2 * HOUR_MS, lifetimeMs: 3 * HOUR_MS });
  await fc.assert(
    fc.asyncProperty(fc.option(fc.double(), { nil: undefined }), async (ttlMs) => {
      const { notAfterMs } = await authority.newCertificate(reviews, ttlMs === undefined ? {} : { ttlMs });
      expect(notAfterMs).toBeGreaterThan(now());
      expect(notAfterMs).toBeLessThanOrEqual(now() + 2 * HOUR_MS);
      if (ttlMs === undefined || Number.isNaN(ttlMs) || ttlMs >= 2 * HOUR_MS)
        expect(notAfterMs).toBe(now() + 2 * HOUR_MS);
    }),
    { numRuns: 50 },
  );
  const late = await testAuthority({ now, madeMs: now() - HOUR_MS, lifetimeMs: 1.5 * HOUR_MS });
  expect((await late.newCertificate(reviews)).notAfterMs).toBe(now() + HOUR_MS / 2);
});

test("an authority that expired while it was running issues nothing", async () => {
  let nowMs = now();
  const authority = await testAuthority({ now: () => nowMs, lifetimeMs: HOUR_MS });
  nowMs += HOUR_MS;
  await expect(authority.newCertificate(reviews)).rejects.toMatchObject({
    code: "ca-expired",
    message: expect.stringContaining("ca-cert.pem expired at 2030-01-01T01:00:00.000Z"),
  });
});

test.each([
  ["RSA of 1024 bits", ["-newkey", "rsa:1024"], "weak-key"],
  ["Ed25519", ["-newkey", "ed25519"], "weak-key"],
  ["EC secp256k1", ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:secp256k1"], "weak-key"],
])("S-01 a key of %s gets no certificate", async (_, key, code) => {
  const authority = await testAuthority({ now });
  const csr = await request(await temporaryFolder(), key);
  await expect(authority.issue(reviews, { kind: "csr", csr })).rejects.toMatchObject({ code });
});

test("a request without the proof of its key is refused", async () => {
  const authority = await testAuthority({ now });
  const pem = await request(await temporaryFolder(), EC);
  const der = Buffer.from(pem.replace(/-----[^-]+-----/g, ""), "base64");
  const at = der.length - 1;
  der[at] = (der[at] ?? 0) ^ 1;
  const csr = new Uint8Array(der);
  await expect(authority.issue(reviews, { kind: "csr", csr })).rejects.toMatchObject({ code: "bad-csr" });
});

test("whatever bytes are sent as request or key, the answer is an error of ours", async () => {
  const authority = await testAuthority({ now });
  const pem = await request(await temporaryFolder(), EC);
  const der = new Uint8Array(Buffer.from(pem.replace(/-----[^-]+-----/g, ""), "base64"));
  const mutated = fc
    .array(fc.tuple(fc.nat(der.length - 1), fc.integer({ min: 1, max: 255 })), { minLength: 1, maxLength: 4 })
    .map((changes) => {
      const bytes = new Uint8Array(der);
      for (const [at, flip] of changes) bytes[at] = (bytes[at] ?? 0) ^ flip;
      return bytes;
    });
  const bytes = fc.oneof(fc.uint8Array({ maxLength: 400 }), mutated).map((array) => new Uint8Array(array));
  await fc.assert(
    fc.asyncProperty(bytes, fc.boolean(), async (csr, asKey) => {
      const asked = asKey
        ? authority.issue(reviews, { kind: "public-key", spki: csr })
        : authority.issue(reviews, { kind: "csr", csr });
      await asked.then(
        ({ certificateChain }) =>
          expect(new X509Certificate(certificateChain).subjectAltName).toBe(`URI:${spiffeId(reviews)}`),
        (error: unknown) => expect(error).toMatchObject({ name: "IdentityError" }),
      );
    }),
    { numRuns: 300 },
  );
  const huge = new Uint8Array(1_000_000);
  await expect(authority.issue(reviews, { kind: "csr", csr: huge })).rejects.toMatchObject({ code: "bad-csr" });
});

test("serial numbers are positive, of 16 bytes, and differ", async () => {
  const authority = await testAuthority({ now });
  const chains = await Promise.all(Array.from({ length: 20 }, () => authority.newCertificate(reviews)));
  const serials = chains.map(({ certificateChain }) => new X509Certificate(certificateChain).serialNumber);
  expect(new Set(serials).size).toBe(20);
  for (const serial of serials) expect(serial).toMatch(/^[4-7][0-9A-F]{31}$/);
});
