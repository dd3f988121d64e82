import type { ServerHttp2Session } from "node:http2";

export interface CareLimits {
  readonly keepaliveMs: number;
  readonly keepaliveTimeoutMs: number;
  readonly maxConnectionAgeMs: number;
  readonly maxConnectionAgeGraceMs: number;
}

/** Pings connections, ends those that do not answer, and asks old ones to go: one timer for all of them. */
export interface ConnectionCare {
  add(session: ServerHttp2Session): void;
  remove(session: ServerHttp2Session): void;
  close(): void;
}

interface Cared {
  pingAtMs: number;
  /** Until when a ping must be answered. */
  answerByMs: number | undefined;
  goAtMs: number;
  cutAtMs: number;
}

// A limit is kept to within that part of it.
const PRECISION = 20;
const MIN_TURN_MS = 5;

export function createConnectionCare(limits: CareLimits): ConnectionCare {
  const { keepaliveMs, keepaliveTimeoutMs, maxConnectionAgeMs, maxConnectionAgeGraceMs } = limits;
  const shortest = Math.min(keepaliveMs, keepaliveTimeoutMs, maxConnectionAgeMs, maxConnectionAgeGraceMs);
  const turnMs = Math.max(MIN_TURN_MS, Math.min(shortest / PRECISION, 2 ** 31 - 1));
  const sessions = new Map<ServerHttp2Session, Cared>();
  let timer: NodeJS.Timeout | undefined;

  function ping(session: ServerHttp2Session, cared: Cared, nowMs: number): void {
    cared.answerByMs = nowMs + keepaliveTimeoutMs;
    cared.pingAtMs = nowMs + keepaliveMs;
    const sent = session.ping((failure) => {
      if (failure === null) cared.answerByMs = undefined;
    });
    // Too many are under way: the connection is as good as dead.
    if (!sent) session.destroy();
  }

  function turn(): void {
    const nowMs = performance.now();
    for (const [session, cared] of sessions) {
      if (session.destroyed) sessions.delete(session);
      else if (nowMs >= cared.cutAtMs || nowMs >= (cared.answerByMs ?? Number.POSITIVE_INFINITY)) session.destroy();
      else if (nowMs >= cared.goAtMs) {
        cared.goAtMs = Number.POSITIVE_INFINITY;
        session.close();
      } else if (nowMs >= cared.pingAtMs && cared.answerByMs === undefined) ping(session, cared, nowMs);
    }
    if (sessions.size === 0) rest();
  }

  function rest(): void {
    clearInterval(timer);
    timer = undefined;
  }

  return {
    add(session) {
      const nowMs = performance.now();
      // Give or take a tenth, so that what came at once does not go at once.
      const ageMs = maxConnectionAgeMs * (0.9 + Math.random() * 0.2);
      sessions.set(session, {
        pingAtMs: nowMs + keepaliveMs,
        answerByMs: undefined,
        goAtMs: nowMs + ageMs,
        cutAtMs: nowMs + ageMs + maxConnectionAgeGraceMs,
      });
      timer ??= setInterval(turn, turnMs).unref();
    },
    remove(session) {
      sessions.delete(session);
      if (sessions.size === 0) rest();
    },
    close() {
      sessions.clear();
      rest();
    },
  };
}
