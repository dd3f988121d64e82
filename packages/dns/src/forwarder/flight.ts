import { FLAG, RCODE } from "../wire/codes.ts";
import type { Response } from "../wire/response.ts";
import { encodeQuery, type ForwardQuestion } from "./forward-question.ts";
import type { Server } from "./server-list.ts";
import { exchangeTcp } from "./tcp-exchange.ts";

export interface FlightLimits {
  /** Until the client hears that nobody answered. */
  readonly totalMs: number;
  /** At most until the next server is asked. */
  readonly attemptMs: number;
}

/** Each server is asked so often. */
const TRIES = 2;

/**
 * One question under way: servers are asked in turn, and the answer of an earlier one still counts while a later one is waited for.
 * `done` is called once: with an answer, or the last refusal, or undefined. Gives the function that ends it without a call.
 */
export function startFlight(
  question: ForwardQuestion,
  servers: readonly Server[],
  { totalMs, attemptMs }: FlightLimits,
  done: (response: Response | undefined) => void,
): () => void {
  const startMs = performance.now();
  const cancels: (() => void)[] = [];
  const tries = servers.length * TRIES;
  const gapMs = Math.min(attemptMs, totalMs / Math.max(1, tries));
  let attempt = 0;
  let waiting = 0;
  let ended = false;
  let overTcp = false;
  let refusal: Response | undefined;
  let next: NodeJS.Timeout | undefined;

  function end(response: Response | undefined, tell = true): void {
    if (ended) return;
    ended = true;
    clearTimeout(next);
    clearTimeout(deadline);
    for (const cancel of cancels) cancel();
    if (tell) done(response);
  }

  function failed(server: Server): void {
    server.failures++;
    server.failuresInRow++;
    waiting--;
    if (ended) return;
    if (attempt < tries) ask();
    else if (waiting === 0) end(refusal);
  }

  /** Asks the next server, and arms the one after it. */
  function ask(): void {
    clearTimeout(next);
    const server = servers[attempt % servers.length] as Server;
    attempt++;
    waiting++;
    askUdp(server, true);
    if (attempt < tries) {
      next = setTimeout(() => {
        server.failures++;
        server.failuresInRow++;
        ask();
      }, gapMs);
    }
  }

  function askUdp(server: Server, edns: boolean): void {
    server.queries++;
    const cancel = server.udp.send(encodeQuery(question, edns), (outcome) => {
      if (outcome === "noEdns" && edns) askUdp(server, false);
      else if (typeof outcome === "string") failed(server);
      else receive(server, outcome, edns);
    });
    cancels.push(cancel);
  }

  function receive(server: Server, response: Response, edns: boolean): void {
    if (response.truncated && !overTcp) askTcp(server, response, edns);
    else if (response.rcode !== RCODE.NOERROR && response.rcode !== RCODE.NXDOMAIN) {
      refusal = response;
      failed(server);
    } else {
      server.failuresInRow = 0;
      end(response);
    }
  }

  function askTcp(server: Server, truncated: Response, edns: boolean): void {
    overTcp = true;
    // Whatever becomes of TCP, this much is known: the answer does not fit.
    refusal ??= truncated;
    clearTimeout(next);
    const leftMs = Math.max(1, totalMs - (performance.now() - startMs));
    const cancel = exchangeTcp(server.upstream, encodeQuery(question, edns), leftMs, (response) => {
      overTcp = false;
      if (response !== undefined)
        receive(server, { ...response, flags: response.flags & ~FLAG.TC, truncated: false }, edns);
      else failed(server);
    });
    cancels.push(cancel);
  }

  const deadline = setTimeout(() => end(refusal), totalMs);
  if (tries === 0) end(undefined);
  else ask();
  return () => end(undefined, false);
}
