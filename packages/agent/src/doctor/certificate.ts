import { createPrivateKey, X509Certificate } from "node:crypto";
import { parseSpiffeId, printable, spiffeId } from "@portolan/model";
import type { MachineFiles } from "../machine/files.ts";
import { type DiagnosisStep, failed, passed, skipped } from "./step.ts";

export interface CertificateTexts {
  readonly rootCertificates: string | undefined;
  readonly certificateChain: string | undefined;
  readonly privateKey: string | undefined;
}

const reissue = "issue it again: portolan ca issue --namespace NS --service-account SA -o DIR";

/** Whether the certificate is what its files say: readable, for this key, in time, from this root, with one identity. */
export function checkCertificate(
  files: MachineFiles,
  texts: CertificateTexts,
  nowMs: number,
): readonly DiagnosisStep[] {
  const chain = read(files.certificateChain, texts.certificateChain);
  const roots = read(files.rootCertificates, texts.rootCertificates);
  const leaf = chain.certificates[0];
  if (leaf === undefined) {
    const names = ["key", "certificate validity", "certificate chain", "identity"];
    return [...chain.problems, ...roots.problems, ...names.map((name) => skipped(name, "there is no certificate"))];
  }
  return [
    ...chain.problems,
    ...roots.problems,
    checkKey(files, leaf, texts.privateKey),
    checkValidity(files, chain.certificates, nowMs),
    roots.certificates.length === 0
      ? skipped("certificate chain", "there is no root certificate")
      : checkChain(files, chain.certificates, roots.certificates),
    checkIdentity(files, leaf),
  ];
}

function read(file: string, text: string | undefined): { certificates: X509Certificate[]; problems: DiagnosisStep[] } {
  if (text === undefined) return { certificates: [], problems: [] };
  const blocks = text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  try {
    if (blocks.length > 0) return { certificates: blocks.map((block) => new X509Certificate(block)), problems: [] };
  } catch {
    // Said below.
  }
  return { certificates: [], problems: [failed("certificate", `${file} holds no PEM certificate`, reissue)] };
}

function checkKey(files: MachineFiles, leaf: X509Certificate, pem: string | undefined): DiagnosisStep {
  if (pem === undefined) return skipped("key", "there is no key");
  try {
    if (leaf.checkPrivateKey(createPrivateKey(pem))) return passed("key", "belongs to the certificate");
  } catch {
    return failed("key", `${files.privateKey} holds no PEM private key`, reissue);
  }
  const detail = `${files.privateKey} does not belong to ${files.certificateChain}`;
  return failed("key", detail, "copy both from the same place, or issue them again");
}

function checkValidity(files: MachineFiles, chain: readonly X509Certificate[], nowMs: number): DiagnosisStep {
  const name = "certificate validity";
  const ended = chain.find((certificate) => certificate.validToDate.getTime() <= nowMs);
  if (ended !== undefined) {
    return failed(name, `${files.certificateChain} expired at ${ended.validToDate.toISOString()}`, reissue);
  }
  const future = chain.find((certificate) => certificate.validFromDate.getTime() > nowMs);
  if (future !== undefined) {
    const detail = `${files.certificateChain} is valid from ${future.validFromDate.toISOString()}`;
    return failed(name, detail, `set this machine's clock (it says ${new Date(nowMs).toISOString()})`);
  }
  return passed(name, `until ${chain[0]?.validToDate.toISOString()}`);
}

function checkChain(
  files: MachineFiles,
  chain: readonly X509Certificate[],
  roots: readonly X509Certificate[],
): DiagnosisStep {
  const name = "certificate chain";
  let at = chain[0];
  for (let length = 0; at !== undefined && length <= chain.length; length++) {
    const subject = at;
    const issues = (issuer: X509Certificate) => subject.checkIssued(issuer) && subject.verify(issuer.publicKey);
    if (roots.some(issues)) return passed(name, `leads to ${files.rootCertificates}`);
    at = chain.slice(1).find((issuer) => issuer !== subject && issues(issuer));
  }
  const detail = `${files.certificateChain} does not lead to ${files.rootCertificates}`;
  return failed(name, detail, "take both from the same mesh: root-cert.pem is that of the control plane");
}

/** X509-SVID, section 2: exactly one URI. */
function checkIdentity(files: MachineFiles, leaf: X509Certificate): DiagnosisStep {
  const uris = (leaf.subjectAltName ?? "").split(", ").filter((name) => name.startsWith("URI:"));
  const identity = parseSpiffeId(uris[0]?.slice(4) ?? "");
  if (uris.length === 1 && identity.ok) return passed("identity", spiffeId(identity.value));
  const seen = uris.length === 0 ? "no URI" : printable(uris.join(", "));
  return failed("identity", `${files.certificateChain} names ${seen}, not one SPIFFE identity`, reissue);
}
