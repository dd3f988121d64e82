import { setImmediate as turn } from "node:timers/promises";
import type { Store } from "../store/store.ts";
import { type AdaptiveOptions, openAdaptiveStore } from "../store/thread/adaptive-store.ts";

/** A store whose thread has taken the database over. */
export async function openInThread(directory: string, options: AdaptiveOptions = {}): Promise<Store> {
  const store = openAdaptiveStore(directory, { ...options, mostMs: 0, leastCommits: 1 });
  const { revision } = store.load();
  for (;;) {
    const written = store.commit({ revision, manifests: new Map(), vips: new Map(), tombstones: new Map() });
    if (written !== undefined) {
      await written;
      return store;
    }
    await turn();
  }
}
