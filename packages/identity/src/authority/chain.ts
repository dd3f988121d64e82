import { printable } from "@portolan/model";
import { IdentityError } from "../error.ts";
import type { WebCrypto, WebCryptoKey } from "../web-crypto.ts";
import {
  BasicConstraintsExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  PemConverter,
  X509Certificate,
} from "../x509.ts";
import { checkStrength } from "./public-key.ts";
import { signatureAlgorithm } from "./signature.ts";

/** A PEM text, and the name by which errors call it. */
export interface PemFile {
  readonly name: string;
  readonly text: string;
}

/** The files of Istio's `cacerts`, without the key. */
export interface AuthorityFiles {
  /** `ca-cert.pem`: the certificate that signs. */
  readonly authority: PemFile;
  /** `cert-chain.pem`: the certificates between it and the root, in any order; it and the root may be among them. */
  readonly chain: PemFile;
  /** `root-cert.pem`: whom the mesh trusts; several while roots are exchanged. */
  readonly roots: PemFile;
}

export interface AuthorityChain {
  readonly authority: X509Certificate;
  /** Sent after a leaf: from the authority up to, but without, the root. */
  readonly intermediates: readonly X509Certificate[];
  readonly roots: readonly X509Certificate[];
  readonly notAfterMs: number;
  /** Which certificate ends at `notAfterMs`. */
  readonly endsFirst: string;
}

interface Link {
  readonly file: string;
  readonly certificate: X509Certificate;
}

export interface ChainCheck {
  readonly crypto: WebCrypto;
  readonly nowMs: number;
  readonly signingKey: WebCryptoKey;
}

/** Follows the issuers from the authority to a root and checks each as a verifier would (RFC 5280 section 6). */
export async function checkChain(files: AuthorityFiles, check: ChainCheck): Promise<AuthorityChain> {
  const roots = linksOf(files.roots);
  const between = linksOf(files.chain);
  const [authority] = linksOf(files.authority);
  const anchors = roots.filter(({ certificate }) => sameName(certificate.subjectName, certificate.issuerName));
  if (authority === undefined || anchors.length === 0) {
    throw new IdentityError("chain-broken", `${files.roots.name} holds no self-signed certificate`);
  }
  await checkKey(authority, check);
  const path = await pathToRoot(authority, between, anchors, check.crypto);
  if (path === undefined) {
    const message = `the issuers of ${files.authority.name} do not lead through ${files.chain.name} to ${files.roots.name}`;
    throw new IdentityError("chain-broken", `${message}: ${described(authority.certificate.issuer)} is missing`);
  }
  for (const [depth, link] of path.entries()) checkLink(link, depth, check.nowMs);
  const first = path.reduce((a, b) => (endMs(b) < endMs(a) ? b : a));
  return {
    authority: authority.certificate,
    intermediates: path.slice(0, -1).map((link) => link.certificate),
    roots: roots.map((link) => link.certificate),
    notAfterMs: endMs(first),
    endsFirst: first.file,
  };
}

function linksOf(file: PemFile): Link[] {
  try {
    const blocks = PemConverter.decodeWithHeaders(file.text).filter(({ type }) => type === PemConverter.CertificateTag);
    if (blocks.length === 0) throw new Error("no block BEGIN CERTIFICATE");
    return blocks.map(({ rawData }) => ({ file: file.name, certificate: new X509Certificate(rawData) }));
  } catch (cause) {
    throw new IdentityError("bad-certificate", `${file.name} holds no readable PEM certificate`, { cause });
  }
}

/** The authority first, the root last; depth first, since a name may have several certificates (cross-signing). */
async function pathToRoot(
  from: Link,
  between: readonly Link[],
  anchors: readonly Link[],
  crypto: WebCrypto,
): Promise<readonly Link[] | undefined> {
  if (anchors.some((root) => sameBytes(root.certificate.rawData, from.certificate.rawData))) return [from];
  for (const root of anchors) if (await issued(root, from, crypto)) return [from, root];
  for (const next of between) {
    if (!(await issued(next, from, crypto))) continue;
    const others = between.filter((link) => link !== next);
    const rest = await pathToRoot(next, others, anchors, crypto);
    if (rest !== undefined) return [from, ...rest];
  }
  return undefined;
}

async function issued(issuer: Link, subject: Link, crypto: WebCrypto): Promise<boolean> {
  if (!sameName(issuer.certificate.subjectName, subject.certificate.issuerName)) return false;
  const verify = { publicKey: issuer.certificate.publicKey, signatureOnly: true };
  return subject.certificate.verify(verify, crypto).catch(() => false);
}

function checkLink({ file, certificate }: Link, depth: number, nowMs: number): void {
  const name = described(certificate.subject);
  const constraints = certificate.getExtension(BasicConstraintsExtension);
  const usages = certificate.getExtension(KeyUsagesExtension);
  if (constraints?.ca !== true || (usages !== null && (usages.usages & KeyUsageFlags.keyCertSign) === 0)) {
    throw new IdentityError(
      "not-a-ca",
      `${file}: ${name} may not sign certificates (CA:TRUE and keyCertSign are needed)`,
    );
  }
  if (constraints.pathLength !== undefined && constraints.pathLength < depth) {
    throw new IdentityError("chain-broken", `${file}: ${name} allows ${constraints.pathLength} authorities below it`);
  }
  checkStrength(certificate.publicKey, `${file}: the key of ${name}`);
  if (certificate.notAfter.getTime() <= nowMs) {
    throw new IdentityError("ca-expired", `${file}: ${name} expired at ${certificate.notAfter.toISOString()}`);
  }
  if (certificate.notBefore.getTime() > nowMs) {
    const from = certificate.notBefore.toISOString();
    throw new IdentityError("ca-not-yet-valid", `${file}: ${name} is valid from ${from}; look at this machine's clock`);
  }
}

/** The key fits if what it signs is what the certificate verifies. */
async function checkKey({ file, certificate }: Link, { crypto, signingKey }: ChainCheck): Promise<void> {
  const algorithm = signatureAlgorithm(signingKey);
  const bytes = crypto.getRandomValues(new Uint8Array(32));
  const fits = await (async () => {
    const { namedCurve } = certificate.publicKey.algorithm as { readonly namedCurve?: string };
    const parameters = { ...algorithm, ...(namedCurve === undefined ? {} : { namedCurve }) };
    const spki = certificate.publicKey.rawData;
    const publicKey = await crypto.subtle.importKey("spki", spki, parameters, false, ["verify"]);
    const signature = await crypto.subtle.sign(algorithm, signingKey, bytes);
    return crypto.subtle.verify(algorithm, publicKey, signature, bytes);
  })().catch(() => false);
  if (!fits) throw new IdentityError("key-mismatch", `the private key does not belong to ${file}`);
}

function described(name: string): string {
  return `"${printable(name === "" ? "(no name)" : name)}"`;
}

function endMs({ certificate }: Link): number {
  return certificate.notAfter.getTime();
}

function sameName(a: X509Certificate["subjectName"], b: X509Certificate["subjectName"]): boolean {
  return sameBytes(a.toArrayBuffer(), b.toArrayBuffer());
}

function sameBytes(a: ArrayBuffer, b: ArrayBuffer): boolean {
  const left = new Uint8Array(a);
  const right = new Uint8Array(b);
  return left.length === right.length && left.every((byte, index) => byte === right[index]);
}
