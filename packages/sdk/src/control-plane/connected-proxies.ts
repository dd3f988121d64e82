import type { ProxyView } from "@portolan/model";
import type { ViewId } from "@portolan/xds";

/** What each open stream's client said that it is. Two streams of one node may say different things. */
export interface ConnectedProxies {
  /** Gives the function that forgets it when its stream ends. */
  add(view: ViewId, proxy: ProxyView): () => void;
  find(view: ViewId, nodeId: string): ProxyView | undefined;
  /** Of different proxies. */
  readonly size: number;
}

export function createConnectedProxies(): ConnectedProxies {
  const known = new Map<string, { readonly proxy: ProxyView; streams: number }>();
  const keyOf = (view: ViewId, nodeId: string) => JSON.stringify([view, nodeId]);
  return {
    add(view, proxy) {
      const key = keyOf(view, proxy.nodeId);
      const entry = { proxy, streams: known.get(key)?.streams ?? 0 };
      known.set(key, entry);
      entry.streams++;
      return () => {
        const current = known.get(key);
        if (current === undefined) return;
        current.streams--;
        if (current.streams === 0) known.delete(key);
      };
    },
    find: (view, nodeId) => known.get(keyOf(view, nodeId))?.proxy,
    get size() {
      return known.size;
    },
  };
}
