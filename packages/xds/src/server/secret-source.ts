import type { Identity, Secret } from "@portolan/model";

/** Where the secrets of peers come from; `@portolan/identity` has one. */
export interface SecretSource {
  /**
   * Tells the listener the secret of that identity and name (`default`, `ROOTCA`), and each one that takes its place.
   * Gives the function that ends it. Throwing means that there is none.
   */
  watch(identity: Identity, name: string, listener: (secret: Secret) => void): () => void;
}

/** Istio's names: the peer's certificate, and whom it trusts. */
export const OWN_SECRETS: readonly string[] = ["default", "ROOTCA"];
