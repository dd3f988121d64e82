import type { Brand } from "./brand.ts";
import {
  type Namespace,
  parseNamespace,
  parseServiceAccountName,
  printable,
  type ServiceAccountName,
} from "./names.ts";
import { fail, ok, type Result } from "./result.ts";

/** SPIFFE trust domain, such as `cluster.local` (SPIFFE ID specification, section 2.1). */
export type TrustDomain = Brand<string, "TrustDomain">;

/** `spiffe://<trust domain>/ns/<namespace>/sa/<service account>`. */
export type SpiffeId = Brand<string, "SpiffeId">;

export interface Identity {
  readonly trustDomain: TrustDomain;
  readonly namespace: Namespace;
  readonly serviceAccount: ServiceAccountName;
}

export const DEFAULT_TRUST_DOMAIN = "cluster.local" as TrustDomain;

export function parseTrustDomain(text: string): Result<TrustDomain> {
  if (text.length > 0 && text.length <= 255 && /^[a-z0-9._-]+$/.test(text)) return ok(text as TrustDomain);
  return fail(`"${printable(text)}" is not a trust domain: use lower-case letters, digits, ".", "-" and "_"`);
}

export function spiffeId(identity: Identity): SpiffeId {
  return `spiffe://${identity.trustDomain}/ns/${identity.namespace}/sa/${identity.serviceAccount}` as SpiffeId;
}

/** Exact: no query, no fragment, no escape, no further segment. */
export function parseSpiffeId(text: string): Result<Identity> {
  const match = /^spiffe:\/\/([^/]+)\/ns\/([^/]+)\/sa\/([^/]+)$/.exec(text);
  if (match === null)
    return fail(`"${printable(text)}" is not of the form spiffe://TRUST-DOMAIN/ns/NAMESPACE/sa/ACCOUNT`);
  const [, domain = "", ns = "", account = ""] = match;
  const trustDomain = parseTrustDomain(domain);
  if (!trustDomain.ok) return trustDomain;
  const namespace = parseNamespace(ns);
  if (!namespace.ok) return namespace;
  const serviceAccount = parseServiceAccountName(account);
  if (!serviceAccount.ok) return serviceAccount;
  return ok({ trustDomain: trustDomain.value, namespace: namespace.value, serviceAccount: serviceAccount.value });
}
