import { createSocket, type Socket } from "node:dgram";
import { isIpv6 } from "@portolan/model";
import { readU16, writeU16 } from "../wire/bytes.ts";
import { FLAG, HEADER_LENGTH, RCODE } from "../wire/codes.ts";
import { type Response, sameQuestion, scanResponse } from "../wire/response.ts";
import { randomU16 } from "./random.ts";
import type { Upstream } from "./upstream.ts";

/** `noEdns`: the server refused a query for its OPT record. `unreachable`: the system says that nobody listens there. */
export type UdpOutcome = Response | "noEdns" | "unreachable";

/** Questions to one upstream over UDP. */
export interface UdpExchange {
  /** Gives the function that stops waiting. The listener may be called once; a lost packet never calls it. */
  send(query: Uint8Array, listener: (outcome: UdpOutcome) => void): () => void;
  close(): void;
  /** Messages that answered no question of ours: late ones, duplicates, forgeries. */
  readonly unmatched: number;
}

/** An address and port are guessed among this many times 65,536 ids (RFC 5452 section 9.2). */
const SOCKETS = 16;
/** Then a socket gives its port back for a new one. */
const QUERIES_PER_SOCKET = 512;
const IDLE_MS = 10_000;
/** How often idle sockets are looked for: one lives at most that much longer. */
const SWEEP_MS = 2_000;

interface Lane {
  readonly socket: Socket;
  readonly pending: Map<number, { readonly query: Uint8Array; readonly listener: (outcome: UdpOutcome) => void }>;
  /** Undefined once it is connected. */
  waiting: Uint8Array[] | undefined;
  sent: number;
  usedMs: number;
  closed: boolean;
}

/** Sockets are connected, so the system drops whatever comes from another address or port. */
export function createUdpExchange(upstream: Upstream): UdpExchange {
  const lanes: (Lane | undefined)[] = new Array(SOCKETS).fill(undefined);
  let unmatched = 0;
  let sweep: NodeJS.Timeout | undefined;

  function open(): Lane {
    const type = isIpv6(upstream.address) ? "udp6" : "udp4";
    const socket = createSocket({ type, lookup: (host, _options, done) => done(null, host, type === "udp6" ? 6 : 4) });
    const lane: Lane = { socket, pending: new Map(), waiting: [], sent: 0, usedMs: Date.now(), closed: false };
    const failAll = () => {
      for (const { listener } of takeAll(lane)) listener("unreachable");
    };
    socket.on("error", failAll);
    socket.on("message", (message) => receive(lane, message));
    socket.connect(upstream.port, upstream.address, (error?: Error) => {
      const waiting = lane.waiting ?? [];
      lane.waiting = undefined;
      if (error !== undefined) failAll();
      else if (!lane.closed) for (const message of waiting) socket.send(message);
    });
    socket.unref();
    sweep ??= setInterval(closeIdle, SWEEP_MS).unref();
    return lane;
  }

  function receive(lane: Lane, message: Uint8Array): void {
    const asked = message.length < HEADER_LENGTH ? undefined : lane.pending.get(readU16(message, 0));
    const outcome = asked === undefined ? undefined : matching(message, asked.query);
    if (asked === undefined || outcome === undefined) {
      unmatched++;
      return;
    }
    lane.pending.delete(readU16(message, 0));
    retire(lane);
    asked.listener(outcome);
  }

  function close(lane: Lane): void {
    if (lane.closed) return;
    lane.closed = true;
    lane.socket.close();
  }

  /** A lane that has asked enough is closed with its last answer. */
  function retire(lane: Lane): void {
    if (lane.sent >= QUERIES_PER_SOCKET && lane.pending.size === 0) close(lane);
  }

  function closeIdle(): void {
    for (const [i, lane] of lanes.entries()) {
      if (lane === undefined || lane.pending.size > 0 || Date.now() - lane.usedMs < IDLE_MS) continue;
      lanes[i] = undefined;
      close(lane);
    }
    if (lanes.every((lane) => lane === undefined)) {
      clearInterval(sweep);
      sweep = undefined;
    }
  }

  function pick(): Lane {
    const at = randomU16() % SOCKETS;
    const lane = lanes[at];
    if (lane !== undefined && !lane.closed && lane.sent < QUERIES_PER_SOCKET) return lane;
    if (lane !== undefined) retire(lane);
    const fresh = open();
    lanes[at] = fresh;
    return fresh;
  }

  return {
    send(query, listener) {
      const lane = pick();
      let id = randomU16();
      while (lane.pending.has(id)) id = (id + 1) & 0xffff;
      const message = query.slice();
      writeU16(message, 0, id);
      const asked = { query: message, listener };
      lane.pending.set(id, asked);
      lane.sent++;
      lane.usedMs = Date.now();
      if (lane.waiting === undefined) lane.socket.send(message);
      else lane.waiting.push(message);
      return () => {
        if (lane.pending.get(id) !== asked) return;
        lane.pending.delete(id);
        retire(lane);
      };
    },
    close() {
      clearInterval(sweep);
      for (const lane of lanes) {
        lane?.pending.clear();
        if (lane !== undefined) close(lane);
      }
    },
    get unmatched() {
      return unmatched;
    },
  };
}

/** The response to a query, if this is one: id, QR and the whole question are the same. */
export function matching(message: Uint8Array, query: Uint8Array): Response | "noEdns" | undefined {
  const flags = readU16(message, 2);
  const bare = message.length >= HEADER_LENGTH && (flags & FLAG.QR) !== 0 && readU16(message, 4) === 0;
  const rcode = flags & 15;
  if (readU16(message, 0) !== readU16(query, 0)) return undefined;
  // Servers that know no OPT answer with the header alone.
  if (bare && (rcode === RCODE.FORMERR || rcode === RCODE.NOTIMP)) return "noEdns";
  const response = scanResponse(message);
  if (response === undefined || !sameQuestion(message, query, response.questionEnd)) return undefined;
  return response.rcode === RCODE.FORMERR && readU16(query, 10) > 0 ? "noEdns" : response;
}

function takeAll(lane: Lane) {
  const asked = [...lane.pending.values()];
  lane.pending.clear();
  return asked;
}
