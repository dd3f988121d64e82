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
}

/**
 * The authority in a directory, made there where there is none. What is odd about its files is a warning.
 *
 * @throws IdentityError
 */
export async function loadMeteredAuthority(directory: string, ttlMs: number | undefined): Promise<MeteredAuthority> {
  const maxTtlMs = Math.max(DEFAULT_MAX_TTL_MS, ttlMs ?? 0);
  const { authority, warnings } = await loadCertificateAuthority(directory, { maxTtlMs });
  for (const text of warnings) warn(text);
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
      rootCertificates: authority.rootCertificates,
      notAfterMs: authority.notAfterMs,
      issue: (identity, request) => counted(authority.issue(identity, request)),
      issueServer: (names, request) => counted(authority.issueServer(names, request)),
      newCertificate: (identity, lifetime) => counted(authority.newCertificate(identity, lifetime)),
      newServerCertificate: (names, lifetime) => counted(authority.newServerCertificate(names, lifetime)),
    },
    counts,
    expiry: { rootMs: firstEnd(authority.rootCertificates), chainMs: authority.notAfterMs },
  };
}

function firstEnd(pems: string): number {
  const blocks = pems.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? [];
  return Math.min(...blocks.map((pem) => new X509Certificate(pem).validToDate.getTime()));
}
