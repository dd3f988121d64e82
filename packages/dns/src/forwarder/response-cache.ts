import { LRUCache } from "lru-cache";
import { RCODE } from "../wire/codes.ts";
import { capTtls, type Response } from "../wire/response.ts";

/** What an upstream said, or that none did. */
export interface Resolution {
  readonly response: Response | undefined;
  /** How long ago it came. */
  readonly ageSeconds: number;
}

export interface ResponseCache {
  get(key: string, nowMs: number): Resolution | undefined;
  put(key: string, response: Response | undefined, nowMs: number): void;
  readonly entries: number;
  readonly bytes: number;
}

interface Entry {
  readonly response: Response | undefined;
  readonly storedMs: number;
  readonly untilMs: number;
}

/** A failure is kept that long, so that a broken server is not asked by every client at once (RFC 9520 section 3.2). */
const FAILURE_SECONDS = 2;
/** A day, and three hours (RFC 2308 section 5): longer TTLs are mostly mistakes. */
const MAX_POSITIVE_SECONDS = 86_400;
const MAX_NEGATIVE_SECONDS = 10_800;
/** An entry's objects, roughly. */
const OVERHEAD = 1_000;

/** `maxBytes`: above 0. */
export function createResponseCache(maxBytes: number): ResponseCache {
  const entries = new LRUCache<string, Entry>({
    maxSize: maxBytes,
    sizeCalculation: ({ response }, key) =>
      OVERHEAD + key.length + (response === undefined ? 0 : response.message.length),
  });
  return {
    get(key, nowMs) {
      const entry = entries.get(key);
      if (entry === undefined) return undefined;
      if (entry.untilMs <= nowMs) {
        entries.delete(key);
        return undefined;
      }
      return { response: entry.response, ageSeconds: Math.floor((nowMs - entry.storedMs) / 1000) };
    },
    put(key, response, nowMs) {
      const seconds = lifetime(response);
      if (seconds <= 0) return;
      const kept = response === undefined ? undefined : copyOf(response, seconds);
      entries.set(key, { response: kept, storedMs: nowMs, untilMs: nowMs + seconds * 1000 });
    },
    get entries() {
      return entries.size;
    },
    get bytes() {
      return entries.calculatedSize;
    },
  };
}

/** A negative answer's SOA is given with what is left of the time that the answer is kept, or the next cache would begin anew (RFC 2308 section 5). */
function copyOf(response: Response, seconds: number): Response {
  const message = new Uint8Array(response.message);
  const { questionEnd, answers, authorities } = response;
  if (response.negative) capTtls(message, questionEnd, answers + authorities, seconds);
  return { ...response, message };
}

function lifetime(response: Response | undefined): number {
  if (response === undefined) return FAILURE_SECONDS;
  if (response.rcode === RCODE.NXDOMAIN) return Math.min(response.ttlSeconds, MAX_NEGATIVE_SECONDS);
  if (response.rcode !== RCODE.NOERROR) return FAILURE_SECONDS;
  return Math.min(response.ttlSeconds, response.answers === 0 ? MAX_NEGATIVE_SECONDS : MAX_POSITIVE_SECONDS);
}
