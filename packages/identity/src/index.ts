export {
  type AuthorityOptions,
  type CertificateAuthority,
  type CertificateSecret,
  createCertificateAuthority,
  DEFAULT_MAX_TTL_MS,
  type IssuedCertificate,
  type Lifetime,
  type ServerNames,
} from "./authority/authority.ts";
export type { AuthorityFiles, PemFile } from "./authority/chain.ts";
export type { CertificateRequest } from "./authority/public-key.ts";
export { type AuthorityPems, createRoot, type NewRoot } from "./authority/root.ts";
export { IdentityError, type IdentityErrorCode } from "./error.ts";
export {
  type CertificateListener,
  createRenewingCertificate,
  type RenewalOptions,
  type RenewingCertificate,
  type Schedule,
} from "./secrets/renewing-certificate.ts";
export {
  CERTIFICATE_SECRET,
  createSecretSource,
  type SecretSource,
  type SecretSourceOptions,
  TRUST_SECRET,
} from "./secrets/secret-source.ts";
export {
  AUTHORITY_FILES,
  type LoadedAuthority,
  type LoadOptions,
  loadCertificateAuthority,
} from "./store/authority-directory.ts";
export { type NodeBindings, nodeBindings } from "./store/node.ts";
export { WORKLOAD_FILES, writeWorkloadFiles } from "./store/workload-files.ts";
export type { WebCrypto, WebCryptoKey, WebCryptoKeyPair } from "./web-crypto.ts";
