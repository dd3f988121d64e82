import { RegistryError } from "../../errors.ts";
import { type OpenedStore, openStore } from "../sqlite.ts";

/**
 * Opens a store that another thread has just closed, or that failed. Throws `store-failed` also where `isKnown` says that it
 * is not the one that was left.
 */
export function reopenStore(directory: string, isKnown: (revision: number) => boolean): OpenedStore {
  const store = openAgain(directory);
  if (isKnown(store.revision)) return store;
  store.close();
  throw new RegistryError("store-failed", `the data in ${directory} were changed by another process: start again`);
}

function openAgain(directory: string): OpenedStore {
  try {
    return openStore(directory);
  } catch (cause) {
    throw cause instanceof RegistryError ? new RegistryError("store-failed", cause.message, [], cause) : cause;
  }
}
