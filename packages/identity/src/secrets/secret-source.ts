import { type Identity, type Secret, spiffeId } from "@portolan/model";
import type { CertificateAuthority } from "../authority/authority.ts";
import { createRenewingCertificate, type RenewalOptions, type RenewingCertificate } from "./renewing-certificate.ts";

/** Names of secrets, as Istio's proxies ask for them. */
export const CERTIFICATE_SECRET = "default";
export const TRUST_SECRET = "ROOTCA";

/** Has the shape of the port of the same name in `@portolan/xds`. */
export interface SecretSource {
  /**
   * Tells the listener the secret of that identity and name, and each one that takes its place; never before `watch`
   * returned, and never again after the returned function was called. A name that does not exist is never told.
   */
  watch(identity: Identity, name: string, listener: (secret: Secret) => void): () => void;
}

export interface SecretSourceOptions extends Omit<RenewalOptions, "issue"> {
  readonly authority: CertificateAuthority;
  /** Wished lifetime of the certificates; default the authority's maximum. */
  readonly ttlMs?: number;
  /** How many certificates to keep that nobody watches, for proxies that come back; default 1,000. */
  readonly keepUnwatched?: number;
}

/**
 * Secrets of the mesh's workloads: a certificate is made when an identity is watched first, shared by all who watch it,
 * and renewed while anyone does. One that comes back gets the certificate it had, while that is fresh.
 */
export function createSecretSource(options: SecretSourceOptions): SecretSource {
  const { authority, ttlMs, keepUnwatched = 1000 } = options;
  const certificates = new Map<string, RenewingCertificate>();
  const lifetime = ttlMs === undefined ? {} : { ttlMs };

  function certificateOf(identity: Identity): RenewingCertificate {
    const id = spiffeId(identity);
    const known = certificates.get(id);
    // Moved to the end: the map is in the order of last use.
    if (known !== undefined) certificates.delete(id);
    const certificate =
      known ?? createRenewingCertificate({ ...options, issue: () => authority.newCertificate(identity, lifetime) });
    certificates.set(id, certificate);
    if (known === undefined) forget();
    return certificate;
  }

  function forget(): void {
    let unwatched = 0;
    for (const certificate of certificates.values()) if (!certificate.watched) unwatched++;
    for (const [id, certificate] of certificates) {
      if (unwatched <= keepUnwatched) break;
      if (certificate.watched) continue;
      certificates.delete(id);
      unwatched--;
    }
  }

  return {
    watch(identity, name, listener) {
      if (name === CERTIFICATE_SECRET) return certificateOf(identity).watch(listener);
      let watching = true;
      if (name === TRUST_SECRET) {
        const secret: Secret = { kind: "trust", rootCertificates: authority.rootCertificates };
        void Promise.resolve().then(() => {
          if (watching) tellSafely(listener, secret, options.onFailure);
        });
      }
      return () => {
        watching = false;
      };
    },
  };
}

function tellSafely(
  listener: (secret: Secret) => void,
  secret: Secret,
  onFailure: (error: unknown) => void = () => {},
): void {
  try {
    listener(secret);
  } catch (error) {
    onFailure(error);
  }
}
