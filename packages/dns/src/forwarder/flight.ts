import { RCODE } from "../wire/codes.ts";
import type { Response } from "../wire/response.ts";
import { createDeadlines, type Deadline, type Deadlines } from "./deadlines.ts";
import { encodeQuery, type ForwardQuestion } from "./forward-question.ts";
import type { Server, ServerList } from "./server-list.ts";
import { exchangeTcp } from "./tcp-exchange.ts";
import type { UdpOutcome } from "./udp-exchange.ts";

/** Called once; undefined: nobody answered. */
export type Resolved = (response: Response | undefined, ageSeconds: number) => void;

export interface FlightLimits {
  /** Until the client hears that nobody answered. */
  readonly totalMs: number;
  /** At most until the next server is asked. */
  readonly attemptMs: number;
}

/** What flights have in common. */
export interface FlightRules {
  readonly servers: ServerList;
  /** Until the next server is asked, and until the end. */
  readonly turns: Deadlines<Flight>;
  readonly ends: Deadlines<Flight>;
  /** Called once for each flight: with an answer, or the last refusal, or undefined. */
  landed(flight: Flight, response: Response | undefined): void;
  close(): void;
}

/** Each server is asked so often. */
const TRIES = 2;

export function createFlightRules(
  servers: ServerList,
  { totalMs, attemptMs }: FlightLimits,
  landed: FlightRules["landed"],
): FlightRules {
  const turns = createDeadlines<Flight>(
    Math.min(attemptMs, totalMs / Math.max(1, servers.all.length * TRIES)),
    (flight) => flight.askNext(),
  );
  const ends = createDeadlines<Flight>(totalMs, (flight) => flight.giveUp());
  return {
    servers,
    turns,
    ends,
    landed,
    close() {
      turns.close();
      ends.close();
    },
  };
}

/** One question under way: servers are asked in turn, and the answer of an earlier one still counts while a later one is waited for. */
export class Flight {
  readonly question: ForwardQuestion;
  /** Who waits for it. */
  readonly waiters: Resolved[];
  next: Flight | undefined;
  private readonly rules: FlightRules;
  private readonly servers: readonly Server[];
  private readonly under: { cancel(): void }[] = [];
  private turn: Deadline<Flight> | undefined;
  private end: Deadline<Flight> | undefined;
  private attempt = 0;
  private waiting = 0;
  /** Who said that the answer does not fit, and is asked over TCP. */
  private overTcp: Server[] | undefined;
  private refusal: Response | undefined;

  constructor(rules: FlightRules, question: ForwardQuestion, waiter: Resolved) {
    this.rules = rules;
    this.question = question;
    this.waiters = [waiter];
    this.next = undefined;
    this.servers = rules.servers.order();
  }

  depart(): void {
    this.end = this.rules.ends.set(this);
    if (this.servers.length === 0) this.land(undefined);
    else this.ask();
  }

  /** Ends it without a word. */
  cancel(): void {
    const { turns, ends } = this.rules;
    if (this.turn !== undefined) turns.clear(this.turn);
    if (this.end !== undefined) ends.clear(this.end);
    this.end = undefined;
    for (const exchange of this.under) exchange.cancel();
  }

  /** The server that was asked last has said nothing for too long. */
  askNext(): void {
    this.rules.servers.failed(this.servers[(this.attempt - 1) % this.servers.length] as Server);
    this.ask();
  }

  giveUp(): void {
    this.land(this.refusal);
  }

  private get ended(): boolean {
    return this.end === undefined;
  }

  private land(response: Response | undefined): void {
    if (this.ended) return;
    this.cancel();
    this.rules.landed(this, response);
  }

  /** Asks the next server, and sets the time of the one after it. */
  private ask(): void {
    const { turns } = this.rules;
    if (this.turn !== undefined) turns.clear(this.turn);
    const server = this.servers[this.attempt % this.servers.length] as Server;
    this.attempt++;
    this.waiting++;
    this.askUdp(server, true);
    if (this.hasTries()) this.turn = turns.set(this);
  }

  private hasTries(): boolean {
    return this.attempt < this.servers.length * TRIES;
  }

  private askUdp(server: Server, edns: boolean): void {
    server.queries++;
    const heard = (outcome: UdpOutcome) => {
      if (outcome === "noEdns" && edns) this.askUdp(server, false);
      else if (typeof outcome === "string") this.failed(server);
      else this.receive(server, outcome, edns);
    };
    this.under.push(server.udp.send(encodeQuery(this.question, edns), heard));
  }

  private failed(server: Server): void {
    this.rules.servers.failed(server);
    this.waiting--;
    if (this.ended) return;
    if (this.hasTries()) this.ask();
    else if (this.waiting === 0) this.land(this.refusal);
  }

  private receive(server: Server, response: Response, edns: boolean): void {
    if (response.truncated) this.askTcp(server, edns);
    else if (response.rcode !== RCODE.NOERROR && response.rcode !== RCODE.NXDOMAIN) {
      this.refusal = response;
      this.failed(server);
    } else {
      server.failuresInRow = 0;
      this.land(response);
    }
  }

  /** What does not fit over TCP either is no answer: a part must not be read as the whole (RFC 2181 section 9). */
  private askTcp(server: Server, edns: boolean): void {
    this.overTcp ??= [];
    if (this.overTcp.includes(server)) {
      // The answer to another try over UDP: what comes over TCP decides.
      this.waiting--;
      return;
    }
    this.overTcp.push(server);
    // With nobody else to ask, the rest of the time is TCP's.
    if (this.servers.length === 1 && this.turn !== undefined) this.rules.turns.clear(this.turn);
    const leftMs = Math.max(1, (this.end?.dueMs ?? 0) - performance.now());
    const cancel = exchangeTcp(server.upstream, encodeQuery(this.question, edns), leftMs, (response) => {
      this.overTcp = this.overTcp?.filter((other) => other !== server);
      if (response === undefined || response.truncated) this.failed(server);
      else this.receive(server, response, edns);
    });
    this.under.push({ cancel });
  }
}
