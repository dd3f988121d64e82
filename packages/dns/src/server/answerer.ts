import type { Forwarder } from "../forwarder/forwarder.ts";
import { randomU16 } from "../forwarder/random.ts";
import { chasedReply } from "../resolver/chased-reply.ts";
import { type LookupResult, lookUp, type NamePlace } from "../resolver/lookup.ts";
import { judgeQuery, type Query, recursionDesired, udpLimit } from "../resolver/query.ts";
import { relayReply } from "../resolver/relay-reply.ts";
import { bareReply, headerReply } from "../resolver/reply.ts";
import { zoneReply } from "../resolver/zone-reply.ts";
import { readU16 } from "../wire/bytes.ts";
import { FLAG, HEADER_LENGTH, RCODE } from "../wire/codes.ts";
import type { Response } from "../wire/response.ts";
import type { Zone } from "../zone/zone.ts";
import { report, type Transport } from "./channels.ts";
import type { Counters } from "./counters.ts";
import { type EarlyZones, isPromised } from "./early-zones.ts";
import type { ZoneSource } from "./zone-source.ts";

export interface AnswererOptions {
  readonly zones: ZoneSource;
  /** Undefined: names that are not ours are refused. */
  readonly forwarder: Forwarder | undefined;
  readonly counters: Pick<Counters, "count">;
  readonly now: () => number;
  /** Given: before the first zone, names that could be nobody's but others' are forwarded. Else everything is SERVFAIL. */
  readonly early?: EarlyZones | undefined;
}

/** One message and whom it came from. */
export interface Exchange {
  readonly message: Uint8Array;
  readonly address: string;
  readonly transport: Transport;
  readonly startMs: number;
  /** Called at most once, at once or later; undefined where nothing is to be said. */
  send(reply: Uint8Array | undefined): void;
}

export type Answerer = (exchange: Exchange) => void;

type Answerable = "zone" | "forwarder" | "none";

const MAX_TCP = 65_535;
const allocate = (length: number): Uint8Array => Buffer.allocUnsafe(length);

export function createAnswerer({ zones, forwarder, counters, now, early }: AnswererOptions): Answerer {
  const recursion = forwarder !== undefined;
  const ra = recursion ? FLAG.RA : 0;
  // Where sets begin: no need to be unguessable, but even.
  let rotation = randomU16();

  function finish(exchange: Exchange, reply: Uint8Array, type: number, rcode: number, by: Answerable): void {
    counters.count(type, rcode, exchange.transport, by, now() - exchange.startMs);
    exchange.send(reply);
  }

  function finishBare(exchange: Exchange, query: Query, rcode: number, by: Answerable): void {
    finish(exchange, bareReply(query, rcode, ra, allocate), query.question.type, rcode, by);
  }

  function finishFromZone(exchange: Exchange, query: Query, zone: Zone, result: LookupResult): void {
    rotation = (Math.imul(rotation, 1103515245) + 12345) & 0x7fffffff;
    const options = { limit: limitOf(exchange, query), recursion, rotation: rotation >>> 8, allocate };
    const reply = zoneReply(query, zone, result, options);
    finish(exchange, reply, query.question.type, readU16(reply, 2) & 15, "zone");
  }

  function finishForwarded(
    exchange: Exchange,
    query: Query,
    zone: Zone,
    aliases: readonly NamePlace[],
    response: Response | undefined,
    ageSeconds: number,
  ): void {
    if (response === undefined) {
      finishBare(exchange, query, RCODE.SERVFAIL, "forwarder");
      return;
    }
    const options = { ageSeconds, limit: limitOf(exchange, query), allocate };
    const reply =
      aliases.length === 0
        ? relayReply(query, response, options)
        : chasedReply(query, zone, aliases, response, options);
    finish(exchange, reply, query.question.type, response.rcode, "forwarder");
  }

  function forward(to: Forwarder, exchange: Exchange, query: Query, zone: Zone, aliases: readonly NamePlace[]): void {
    const { message } = exchange;
    const name = aliases.at(-1) ?? { bytes: message, start: HEADER_LENGTH, end: query.question.nameEnd };
    if (to.isOwnProbe(name)) {
      report("loop", "an upstream sends its questions to this server: it is not asked any more");
      finishBare(exchange, query, RCODE.REFUSED, "none");
      return;
    }
    const question = {
      name,
      type: query.question.type,
      dnssecOk: query.edns?.dnssecOk ?? false,
      checkingDisabled: (readU16(message, 2) & FLAG.CD) !== 0,
    };
    to.resolve(question, (response, ageSeconds) => {
      finishForwarded(exchange, query, zone, aliases, response, ageSeconds);
    });
  }

  function answerFrom(zone: Zone, exchange: Exchange, query: Query): void {
    const { nameEnd, type } = query.question;
    const result = lookUp(zone, { bytes: exchange.message, start: HEADER_LENGTH, end: nameEnd }, type);
    const ours = result.kind !== "outside" || (result.aliases.length > 0 && !forwards(query));
    if (ours) finishFromZone(exchange, query, zone, result);
    else if (forwarder !== undefined && forwards(query)) forward(forwarder, exchange, query, zone, result.aliases);
    else finishBare(exchange, query, RCODE.REFUSED, "none");
  }

  function forwards(query: Query): boolean {
    return forwarder !== undefined && recursionDesired(query);
  }

  function answerQuery(exchange: Exchange, query: Query): void {
    const zone = zones.zoneFor(exchange.address);
    if (zone !== undefined && "table" in zone) answerFrom(zone, exchange, query);
    else if (zone === undefined && early !== undefined) answerEarly(early, exchange, query);
    else if (zone?.whenReady(() => answerQuery(exchange, query)) !== true) {
      finishBare(exchange, query, RCODE.SERVFAIL, "none");
    }
  }

  /** Nobody else knows the names below our suffixes, so to ask for them would make them missing; what the machine itself is called is known. */
  function answerEarly(early: EarlyZones, exchange: Exchange, query: Query): void {
    const name = { bytes: exchange.message, start: HEADER_LENGTH, end: query.question.nameEnd };
    if (isPromised(early, name, query.question.type)) finishBare(exchange, query, RCODE.SERVFAIL, "none");
    else answerFrom(early.owned, exchange, query);
  }

  function answer(exchange: Exchange): void {
    const verdict = judgeQuery(exchange.message);
    switch (verdict.kind) {
      case "silence":
        exchange.send(undefined);
        break;
      case "malformed":
        finish(exchange, headerReply(exchange.message, verdict.rcode, allocate), 0, verdict.rcode, "none");
        break;
      case "refused":
        finishBare(exchange, verdict.query, verdict.rcode, "none");
        break;
      case "query":
        answerQuery(exchange, verdict.query);
    }
  }

  return answer;
}

function limitOf(exchange: Exchange, query: Query): number {
  return exchange.transport === "udp" ? udpLimit(query.edns) : MAX_TCP;
}
