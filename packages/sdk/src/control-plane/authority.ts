import { X509Certificate } from "node:crypto";
import { type CertificateAuthority, DEFAULT_MAX_TTL_MS, loadCertificateAuthority } from "@portolan/identity";
import { warn } from "./warnings.ts";

/** The mesh's certificate authority, with what metrics tell of it. */
export interface MeteredAuthority {
  readonly authority: CertificateAuthority;
  /** Certificates that were issued, and those that could not be. */
  readonly counts: { readonly issued: number; readonly failed: number };
  /** When the first of the roots, and the first certificate on the way to it, ends; ms since 1970. */
  readonly expiry: { readonly rootMs: number; readonly chainMs: number };
  /**
   * Reads the files again: what is issued from now on is by the authority that they hold now. Says whether its roots are others.
   *
   * @throws IdentityError; the former authority stays
   */
  reload(): Promise<{ readonly rootsChanged: boolean }>;
}

/**
 * The authority in a directory, made there where there is none. What is odd about its files is a warning.
 *
 * @throws IdentityError
 */
export async function loadMeteredAuthority(directory: string, ttlMs: number | undefined): Promise<MeteredAuthority> {
  const maxTtlMs = Math.max(DEFAULT_MAX_TTL_MS, ttlMs ?? 0);
  const load = async (missing: "create" | "refuse") => {
    const { authority, warnings } = await loadCertificateAuthority(directory, { maxTtlMs, missing });
    for (const text of warnings) warn(text);
    return authority;
  };
  let current = await load("create");
  const counts = { issued: 0, failed: 0 };
  const counted = async <Issued>(work: Promise<Issued>): Promise<Issued> => {
    try {
      const issued = await work;
      counts.issued++;
      return issued;
    } catch (error) {
      counts.failed++;
      throw error;
    }
  };
  return {
    authority: {
      get rootCertificates() {
        return current.rootCertificates;
      },
      get notAfterMs() {
        return current.notAfterMs;
      },
      issue: (identity, request) => counted(current.issue(identity, request)),
      issueServer: (names, request) => counted(current.issueServer(names, request)),
      newCertificate: (identity, lifetime) => counted(current.newCertificate(identity, lifetime)),
      newServerCertificate: (names, lifetime) => counted(current.newServerCertificate(names, lifetime)),
    },
    counts,
    get expiry() {
      return { rootMs: firstEnd(current.rootCertificates), chainMs: current.notAfterMs };
    },
    async reload() {
      const former = current.rootCertificates;
      current = await load("refuse");
      return { rootsChanged: current.rootCertificates !== former };
    },
  };
}

function firstEnd(pems: string): number {
  const blocks = pems.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? [];
  return Math.min(...blocks.map((pem) => new X509Certificate(pem).validToDate.getTime()));
}
