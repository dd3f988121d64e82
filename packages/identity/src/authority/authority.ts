import { type Identity, type IpAddress, type Secret, SecretText } from "@portolan/model";
import { IdentityError } from "../error.ts";
import type { WebCrypto, WebCryptoKey } from "../web-crypto.ts";
import { PemConverter } from "../x509.ts";
import { type AuthorityFiles, checkChain } from "./chain.ts";
import { type LeafNames, type SigningAuthority, signLeaf } from "./leaf.ts";
import { type CertificateRequest, publicKeyOf } from "./public-key.ts";

/** A certificate and its key, as a proxy gets them over SDS. */
export type CertificateSecret = Extract<Secret, { kind: "certificate" }>;

/** For whom a server certificate speaks, besides its identity. */
export interface ServerNames {
  readonly identity: Identity;
  readonly dnsNames: readonly string[];
  readonly addresses?: readonly IpAddress[];
}

export interface Lifetime {
  /** Wished for; clamped to the authority's maximum and to the end of the authority itself. Default: that maximum. */
  readonly ttlMs?: number;
}

export interface IssuedCertificate {
  /** PEM, leaf first, then every intermediate; the root is left out. */
  readonly certificateChain: string;
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
}

/**
 * Issues X.509-SVIDs (SPIFFE X509-SVID specification): one SPIFFE URI, CA:FALSE, client and server authentication.
 * What is issued depends on the arguments alone; of a CSR only the public key is used.
 */
export interface CertificateAuthority {
  /** PEM; whom the mesh trusts. */
  readonly rootCertificates: string;
  /** When the first certificate on the way to the root ends, in ms since 1970. */
  readonly notAfterMs: number;
  /** @throws IdentityError `bad-csr`, `bad-key`, `weak-key`, `ca-expired` */
  issue(identity: Identity, request: CertificateRequest & Lifetime): Promise<IssuedCertificate>;
  issueServer(names: ServerNames, request: CertificateRequest & Lifetime): Promise<IssuedCertificate>;
  /** The same for a new EC P-256 key. */
  newCertificate(identity: Identity, lifetime?: Lifetime): Promise<CertificateSecret>;
  newServerCertificate(names: ServerNames, lifetime?: Lifetime): Promise<CertificateSecret>;
}

export interface AuthorityOptions {
  readonly files: AuthorityFiles;
  /** Fits `ca-cert.pem`: ECDSA or RSASSA-PKCS1-v1_5. */
  readonly signingKey: WebCryptoKey;
  readonly crypto: WebCrypto;
  readonly now: () => number;
  /** Longest lifetime of a leaf; default 24 h. */
  readonly maxTtlMs?: number;
}

export const DEFAULT_MAX_TTL_MS = 24 * 60 * 60 * 1000;

/**
 * An authority from its certificates and key. It refuses what clients would refuse later.
 *
 * @throws IdentityError `bad-certificate`, `not-a-ca`, `ca-expired`, `ca-not-yet-valid`, `chain-broken`, `weak-key`, `key-mismatch`
 */
export async function createCertificateAuthority(options: AuthorityOptions): Promise<CertificateAuthority> {
  const { crypto, now, signingKey } = options;
  const chain = await checkChain(options.files, { crypto, nowMs: now(), signingKey });
  const authority: SigningAuthority = { certificate: chain.authority, signingKey, crypto };
  const maxTtlMs = options.maxTtlMs ?? DEFAULT_MAX_TTL_MS;
  const tail = chain.intermediates.map((certificate) => `${certificate.toString("pem")}\n`).join("");

  async function sign(names: LeafNames, request: CertificateRequest, lifetime: Lifetime): Promise<IssuedCertificate> {
    const publicKey = await publicKeyOf(request, crypto);
    const nowMs = now();
    if (nowMs >= chain.notAfterMs) {
      const end = new Date(chain.notAfterMs).toISOString();
      throw new IdentityError("ca-expired", `${chain.endsFirst} expired at ${end}; no certificate can be issued`);
    }
    const wishedMs = lifetime.ttlMs === undefined || Number.isNaN(lifetime.ttlMs) ? maxTtlMs : lifetime.ttlMs;
    const ttlMs = Math.max(1000, Math.min(wishedMs, maxTtlMs));
    const notAfterMs = Math.floor(Math.min(nowMs + ttlMs, chain.notAfterMs) / 1000) * 1000;
    const leaf = await signLeaf(authority, names, { publicKey, nowMs, notAfterMs });
    return { certificateChain: `${leaf.toString("pem")}\n${tail}`, notBeforeMs: leaf.notBefore.getTime(), notAfterMs };
  }

  async function withNewKey(names: LeafNames, lifetime: Lifetime): Promise<CertificateSecret> {
    const keys = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, true, ["sign", "verify"]);
    const spki = new Uint8Array(await crypto.subtle.exportKey("spki", keys.publicKey));
    const { certificateChain, notAfterMs } = await sign(names, { kind: "public-key", spki }, lifetime);
    const pkcs8 = await crypto.subtle.exportKey("pkcs8", keys.privateKey);
    const privateKey = new SecretText(`${PemConverter.encode(pkcs8, "PRIVATE KEY")}\n`);
    return { kind: "certificate", certificateChain, privateKey, notAfterMs };
  }

  return {
    rootCertificates: chain.roots.map((root) => `${root.toString("pem")}\n`).join(""),
    notAfterMs: chain.notAfterMs,
    issue: (identity, request) => sign({ identity }, request, request),
    issueServer: (names, request) => sign(names, request, request),
    newCertificate: (identity, lifetime = {}) => withNewKey({ identity }, lifetime),
    newServerCertificate: (names, lifetime = {}) => withNewKey(names, lifetime),
  };
}
