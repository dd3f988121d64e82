import { readU16 } from "../wire/bytes.ts";
import { HEADER_LENGTH } from "../wire/codes.ts";
import type { Response } from "../wire/response.ts";
import { createBurst } from "./burst.ts";
import { type Asked, type Lane, openLane } from "./lane.ts";
import { matching } from "./matching.ts";
import { randomU16 } from "./random.ts";
import type { Upstream } from "./upstream.ts";

/** `noEdns`: the server refused a query for its OPT record. `unreachable`: the system says that nobody listens there. */
export type UdpOutcome = Response | "noEdns" | "unreachable";

/** Questions to one upstream over UDP. */
export interface UdpExchange {
  /** Sends a query, which gets an id; it is the exchange's from then on. The listener may be called once; a lost packet never calls it. */
  send(query: Uint8Array, listener: (outcome: UdpOutcome) => void): UdpQuestion;
  close(): void;
  /** Messages that answered no question of ours: late ones, duplicates, forgeries. */
  readonly unmatched: number;
}

export interface UdpQuestion {
  /** Stops waiting; nothing where it was answered. */
  cancel(): void;
}

type UdpLane = Lane<UdpOutcome>;

/** An address and port are guessed among this many times 65,536 ids (RFC 5452 section 9.2). */
const SOCKETS = 16;
/** Then a socket gives its port back for a new one. */
const QUERIES_PER_SOCKET = 512;
const IDLE_MS = 10_000;
/** How often idle sockets are looked for: one lives at most that much longer. */
const SWEEP_MS = 2_000;

export function createUdpExchange(upstream: Upstream): UdpExchange {
  const lanes: (UdpLane | undefined)[] = new Array(SOCKETS).fill(undefined);
  let unmatched = 0;
  let sweep: NodeJS.Timeout | undefined;

  class Waiting implements UdpQuestion {
    private readonly lane: UdpLane;
    private readonly asked: Asked<UdpOutcome>;

    constructor(lane: UdpLane, asked: Asked<UdpOutcome>) {
      this.lane = lane;
      this.asked = asked;
    }

    send(): void {
      this.lane.send(this.asked.query);
    }

    cancel(): void {
      if (this.lane.forget(this.asked)) retire(this.lane);
    }
  }

  const burst = createBurst<Waiting>((question) => question.send());

  function receive(lane: UdpLane, message: Uint8Array): void {
    const asked = message.length < HEADER_LENGTH ? undefined : lane.find(readU16(message, 0));
    const outcome = asked === undefined ? undefined : matching(message, asked.query);
    if (asked === undefined || outcome === undefined) {
      unmatched++;
      return;
    }
    lane.forget(asked);
    retire(lane);
    asked.heard(outcome);
  }

  /** A lane that has asked enough is closed with its last answer. */
  function retire(lane: UdpLane): void {
    if (lane.sent >= QUERIES_PER_SOCKET && lane.size === 0) lane.close();
  }

  function closeIdle(): void {
    for (const [i, lane] of lanes.entries()) {
      if (lane === undefined || lane.size > 0 || performance.now() - lane.usedMs < IDLE_MS) continue;
      lanes[i] = undefined;
      lane.close();
    }
    if (lanes.every((lane) => lane === undefined)) {
      clearInterval(sweep);
      sweep = undefined;
    }
  }

  function pick(): UdpLane {
    const at = randomU16() % SOCKETS;
    const lane = lanes[at];
    if (lane !== undefined && !lane.closed && lane.sent < QUERIES_PER_SOCKET) return lane;
    if (lane !== undefined) retire(lane);
    const fresh = openLane<UdpOutcome>(upstream, "unreachable", receive);
    lanes[at] = fresh;
    sweep ??= setInterval(closeIdle, SWEEP_MS).unref();
    return fresh;
  }

  return {
    send(query, listener) {
      const lane = pick();
      const question = new Waiting(lane, lane.ask(query, listener));
      burst.add(question, lane.usedMs);
      return question;
    },
    close() {
      clearInterval(sweep);
      for (const lane of lanes) lane?.close();
    },
    get unmatched() {
      return unmatched;
    },
  };
}
