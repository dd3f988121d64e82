/** What a line is about, as far as lines can be told apart that mean the same. */
export interface LineCause {
  /** Who provoked it: an identity, or an address without its port; empty: nobody outside. */
  readonly peer: string;
  /** Two lines of one peer with the same cause say the same. Not more than a few hundred characters. */
  readonly cause: string;
}

/** Lines that were not written. Each is counted once, where it was stopped. */
export interface LeftOut {
  /** Of the same cause. */
  readonly alike: number;
  /** Other ones, of the same peer. */
  readonly ofPeer: number;
  /** Of the same event, whoever provoked them. */
  readonly ofEvent: number;
}

export interface LineLimit {
  /** How many lines were left out since this was last told, where the line is to be written; undefined: it is left out. */
  admit(event: string, cause: LineCause): LeftOut | undefined;
  /** By event, what was left out and has not been told. */
  untold(): ReadonlyMap<string, number>;
}

/** So many lines at once, and one more each time that `everyMs` has passed. */
export interface LineRate {
  readonly atOnce: number;
  readonly everyMs: number;
}

export interface LineLimitOptions {
  /** Monotonic, in milliseconds. */
  readonly now: () => number;
  readonly cause?: LineRate;
  readonly peer?: LineRate;
  readonly event?: LineRate;
  /** Causes, and peers, that are remembered of an event; 1,000 each. */
  readonly maxRemembered?: number;
}

/** Tells one failure at once, and goes on telling it. */
const CAUSE: LineRate = { atOnce: 5, everyMs: 10_000 };
/** Who invents another cause each time is one peer still. */
const PEER: LineRate = { atOnce: 50, everyMs: 1_000 };
/** A thousand proxies may all reject the same; with lines of 2 KB at most, 1.2 MB a minute after that. */
const EVENT: LineRate = { atOnce: 1_000, everyMs: 100 };

interface Allowance {
  tokens: number;
  atMs: number;
  leftOut: number;
}

interface Known {
  readonly whole: Allowance;
  readonly peers: Map<string, Allowance>;
  readonly causes: Map<string, Allowance>;
}

/**
 * Bounds how much others can make the log say. A line needs room under three rates: its cause's, its peer's, its event's. Peers
 * and causes are remembered when a line of theirs is written, so no flood makes them many; the one that was used longest ago is
 * forgotten first, and what was left out of it counts for the event.
 */
export function createLineLimit({ now, maxRemembered = 1_000, ...rates }: LineLimitOptions): LineLimit {
  const { cause: causeRate = CAUSE, peer: peerRate = PEER, event: eventRate = EVENT } = rates;
  const events = new Map<string, Known>();

  function remember(of: Map<string, Allowance>, key: string, allowance: Allowance, whole: Allowance): void {
    of.delete(key);
    of.set(key, allowance);
    if (of.size <= maxRemembered) return;
    const [oldest] = of;
    if (oldest === undefined) return;
    whole.leftOut += oldest[1].leftOut;
    of.delete(oldest[0]);
  }

  return {
    admit(event, { peer, cause }) {
      const nowMs = now();
      let known = events.get(event);
      if (known === undefined) {
        known = { whole: full(eventRate, nowMs), peers: new Map(), causes: new Map() };
        events.set(event, known);
      }
      const { whole, peers, causes } = known;
      const causeKey = `${peer}\n${cause}`;
      const ofCause = causes.get(causeKey) ?? full(causeRate, nowMs);
      const ofPeer = peer === "" ? whole : (peers.get(peer) ?? full(peerRate, nowMs));
      refill(ofCause, causeRate, nowMs);
      if (ofPeer !== whole) refill(ofPeer, peerRate, nowMs);
      refill(whole, eventRate, nowMs);
      // The narrowest that has no room: a line is never kept from others by one that was not written.
      const stop = [ofCause, ofPeer, whole].find(({ tokens }) => tokens < 1);
      if (stop !== undefined) {
        stop.leftOut++;
        return undefined;
      }
      remember(causes, causeKey, ofCause, whole);
      if (ofPeer !== whole) remember(peers, peer, ofPeer, whole);
      return {
        alike: take(ofCause),
        ofPeer: ofPeer === whole ? 0 : take(ofPeer),
        ofEvent: take(whole),
      };
    },
    untold() {
      const untold = new Map<string, number>();
      for (const [event, { whole, peers, causes }] of events) {
        let count = whole.leftOut;
        for (const { leftOut } of peers.values()) count += leftOut;
        for (const { leftOut } of causes.values()) count += leftOut;
        if (count > 0) untold.set(event, count);
      }
      return untold;
    },
  };
}

function full({ atOnce }: LineRate, nowMs: number): Allowance {
  return { tokens: atOnce, atMs: nowMs, leftOut: 0 };
}

function refill(allowance: Allowance, { atOnce, everyMs }: LineRate, nowMs: number): void {
  allowance.tokens = Math.min(atOnce, allowance.tokens + (nowMs - allowance.atMs) / everyMs);
  allowance.atMs = nowMs;
}

function take(allowance: Allowance): number {
  const { leftOut } = allowance;
  allowance.tokens--;
  allowance.leftOut = 0;
  return leftOut;
}

/** The start of a text, with what tells two alike apart taken out: numbers, addresses, hashes. */
export function reasonClass(text: string): string {
  return text.slice(0, 200).replace(/[0-9a-f]+/gi, (run) => (/\d/.test(run) ? "#" : run));
}
