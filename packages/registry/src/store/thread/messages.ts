import type { StoreChange } from "../store.ts";

/** What the thread is started with. */
export interface StoreThreadSetup {
  readonly directory: string;
}

/** To the thread. It answers `ready` when it runs, and then each of these, in their order. */
export type ToStoreThread =
  /** `revision`: of the last commit. Nobody else may have written since. */
  | { readonly kind: "open"; readonly revision: number }
  | { readonly kind: "commit"; readonly change: StoreChange }
  | { readonly kind: "copy" }
  | { readonly kind: "close" };

export type FromStoreThread =
  | { readonly kind: "ready" }
  | { readonly kind: "done" }
  | { readonly kind: "copied"; readonly bytes: Uint8Array }
  | { readonly kind: "failed"; readonly message: string };
