import { SECRET } from "../resource/type-url.ts";
import type { ReplicaResource } from "../snapshot/replica.ts";
import type { SessionResponse } from "./protocol.ts";

type Resources = ReadonlyMap<string, ReplicaResource | undefined>;

/** A response with what it changes for the client: the same for every client that was where this one was. */
export interface SentNews {
  readonly previous: Resources;
  readonly taken: Resources;
  readonly response: SessionResponse;
}

/**
 * Thousands of streams are told the same, one after the other. What they hold of it until they acknowledge it is one
 * object for all of them: their own would die old, which is dear to collect.
 */
export interface SharedNews {
  /** Gives what another stream was told before, where that is the very same; else what was given. */
  share(news: SentNews): SentNews;
}

export function createSharedNews(): SharedNews {
  let last: SentNews | undefined;
  return {
    share(news) {
      // Secrets are of one stream, and are held for no other.
      if (news.response.typeUrl === SECRET) return news;
      if (last !== undefined && isSame(last, news)) return last;
      last = news;
      return news;
    },
  };
}

function isSame(a: SentNews, b: SentNews): boolean {
  return isSameResponse(a.response, b.response) && isSameMap(a.taken, b.taken) && isSameMap(a.previous, b.previous);
}

function isSameResponse(a: SessionResponse, b: SessionResponse): boolean {
  return (
    a.kind === b.kind &&
    a.typeUrl === b.typeUrl &&
    a.version === b.version &&
    a.ttl === b.ttl &&
    a.resources.length === b.resources.length &&
    a.removed.length === b.removed.length &&
    a.resources.every((resource, at) => resource === b.resources[at]) &&
    a.removed.every((name, at) => name === b.removed[at])
  );
}

function isSameMap(a: Resources, b: Resources): boolean {
  if (a.size !== b.size) return false;
  for (const [name, resource] of a) {
    if (b.get(name) !== resource || (resource === undefined && !b.has(name))) return false;
  }
  return true;
}
