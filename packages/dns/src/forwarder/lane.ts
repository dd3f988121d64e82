import { createSocket, type Socket } from "node:dgram";
import { isIpv6 } from "@portolan/model";
import { writeU16 } from "../wire/bytes.ts";
import { randomU16 } from "./random.ts";
import type { Upstream } from "./upstream.ts";

/** A question that waits for its answer on one lane. */
export interface Asked<Outcome> {
  readonly id: number;
  /** As it was sent, the id included. */
  readonly query: Uint8Array;
  readonly heard: (outcome: Outcome) => void;
  next: Asked<Outcome> | undefined;
}

/** One socket to an upstream, and what was asked over it. It is connected, so the system drops whatever comes from another address or port. */
export interface Lane<Outcome> {
  /** Questions that wait. */
  readonly size: number;
  /** Questions so far. */
  readonly sent: number;
  /** When it was last asked, by `performance.now()`. */
  readonly usedMs: number;
  readonly closed: boolean;
  /** Gives the query an id of its own; it waits for `send`. */
  ask(query: Uint8Array, heard: (outcome: Outcome) => void): Asked<Outcome>;
  /** Sends a query that was asked; nothing where the lane is closed meanwhile. */
  send(query: Uint8Array): void;
  find(id: number): Asked<Outcome> | undefined;
  /** False where it waits no more. */
  forget(asked: Asked<Outcome>): boolean;
  close(): void;
}

/** A power of two. Lists instead of a Map, for the reason that `FlightTable` gives. */
const BUCKETS = 64;

export function openLane<Outcome>(
  upstream: Upstream,
  unreachable: Outcome,
  receive: (lane: Lane<Outcome>, message: Uint8Array) => void,
): Lane<Outcome> {
  const v6 = isIpv6(upstream.address);
  const socket: Socket = createSocket({
    type: v6 ? "udp6" : "udp4",
    lookup: (host, _options, done) => done(null, host, v6 ? 6 : 4),
  });
  const buckets: (Asked<Outcome> | undefined)[] = new Array(BUCKETS).fill(undefined);
  /** Undefined once it is connected. */
  let early: Uint8Array[] | undefined = [];
  let size = 0;
  let sent = 0;
  let usedMs = 0;
  let closed = false;

  function find(id: number): Asked<Outcome> | undefined {
    let asked = buckets[id & (BUCKETS - 1)];
    while (asked !== undefined && asked.id !== id) asked = asked.next;
    return asked;
  }

  function failAll(): void {
    const all: Asked<Outcome>[] = [];
    for (const first of buckets) for (let asked = first; asked !== undefined; asked = asked.next) all.push(asked);
    buckets.fill(undefined);
    size = 0;
    for (const { heard } of all) heard(unreachable);
  }

  function send(query: Uint8Array): void {
    if (early !== undefined) early.push(query);
    else if (!closed) socket.send(query);
  }

  const lane: Lane<Outcome> = {
    get size() {
      return size;
    },
    get sent() {
      return sent;
    },
    get usedMs() {
      return usedMs;
    },
    get closed() {
      return closed;
    },
    ask(query, heard) {
      let id = randomU16();
      while (find(id) !== undefined) id = (id + 1) & 0xffff;
      writeU16(query, 0, id);
      const at = id & (BUCKETS - 1);
      const asked: Asked<Outcome> = { id, query, heard, next: buckets[at] };
      buckets[at] = asked;
      size++;
      sent++;
      usedMs = performance.now();
      return asked;
    },
    send,
    find,
    forget(asked) {
      const at = asked.id & (BUCKETS - 1);
      let before: Asked<Outcome> | undefined;
      let one = buckets[at];
      for (; one !== undefined && one !== asked; one = one.next) before = one;
      if (one === undefined) return false;
      if (before === undefined) buckets[at] = asked.next;
      else before.next = asked.next;
      asked.next = undefined;
      size--;
      return true;
    },
    close() {
      if (closed) return;
      closed = true;
      socket.close();
    },
  };
  socket.on("error", failAll);
  socket.on("message", (message) => receive(lane, message));
  socket.connect(upstream.port, upstream.address, (error?: Error) => {
    const waiting = early ?? [];
    early = undefined;
    if (error !== undefined) failAll();
    else for (const query of waiting) send(query);
  });
  socket.unref();
  return lane;
}
