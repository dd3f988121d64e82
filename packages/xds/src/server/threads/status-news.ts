import type { TypeUrl } from "../../resource/type-url.ts";
import type { TypeStatus } from "../../session/protocol.ts";
import type { XdsConnection } from "../report.ts";
import type { StatusNews, TypeNews } from "./messages.ts";

/** How far streams are. Neighbours mostly say the same of a type, which is told once. */
export function statusNews(connections: readonly XdsConnection[]): StatusNews {
  const types: TypeNews[] = [];
  const latest = new Map<TypeUrl, TypeNews>();
  for (const { stream, types: each } of connections) {
    for (const type of each) {
      const { acknowledgedAtMs, pendingSinceMs, ...status } = type;
      let news = latest.get(type.typeUrl);
      if (news === undefined || !isSame(news.status, status)) {
        news = { status, streams: [], acknowledgedAtMs: [], pendingSinceMs: [] };
        latest.set(type.typeUrl, news);
        types.push(news);
      }
      news.streams.push(stream);
      news.acknowledgedAtMs.push(acknowledgedAtMs);
      news.pendingSinceMs.push(pendingSinceMs);
    }
  }
  return {
    kind: "status",
    streams: connections.map(({ stream }) => stream),
    appliedRevision: connections.map(({ appliedRevision }) => appliedRevision),
    settled: connections.map(({ settled }) => settled),
    types,
  };
}

type Shared = Omit<TypeStatus, "acknowledgedAtMs" | "pendingSinceMs">;

/** Of one type. What was rejected is each stream's own. */
function isSame(a: Shared, b: Shared): boolean {
  return (
    a.sentNonce === b.sentNonce &&
    a.acknowledgedNonce === b.acknowledgedNonce &&
    a.state === b.state &&
    a.version === b.version &&
    a.resources === b.resources &&
    a.names === b.names &&
    a.wildcard === b.wildcard &&
    a.rejected.length + b.rejected.length === 0 &&
    a.lastRejection === undefined &&
    b.lastRejection === undefined
  );
}
