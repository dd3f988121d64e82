import type { SocketConnection } from "./socket-connection.ts";

export interface CareLimits {
  readonly authenticationMs: number;
  readonly keepaliveMs: number;
  readonly keepaliveTimeoutMs: number;
  readonly maxConnectionAgeMs: number;
  readonly maxConnectionAgeGraceMs: number;
}

/** Pings connections, ends those that do not answer, and asks old ones to go: one timer for all of them. */
export interface ConnectionCare {
  add(connection: SocketConnection): void;
  remove(connection: SocketConnection): void;
  /** Asks all to go. */
  dismiss(): void;
  /** Ends all at once. */
  cut(): void;
}

// A limit is kept to within that part of it.
const PRECISION = 20;
const MIN_TURN_MS = 5;
const NEVER_MS = 2 ** 30;

export function createConnectionCare(limits: CareLimits): ConnectionCare {
  const { authenticationMs, keepaliveMs, keepaliveTimeoutMs, maxConnectionAgeMs, maxConnectionAgeGraceMs } = limits;
  const shortest = Math.min(
    ...[authenticationMs, keepaliveMs, keepaliveTimeoutMs, maxConnectionAgeMs, maxConnectionAgeGraceMs],
  );
  const turnMs = Math.max(MIN_TURN_MS, Math.min(shortest / PRECISION, 2 ** 31 - 1));
  const connections = new Set<SocketConnection>();
  let timer: NodeJS.Timeout | undefined;

  function turn(): void {
    const nowMs = after(0);
    for (const connection of connections) look(connection, nowMs);
  }

  function look(connection: SocketConnection, nowMs: number): void {
    const { socket, answerByMs } = connection;
    // What was not looked at yet may be the answer.
    const pinged = connection.pinged && connection.unread === undefined;
    // What was ended must be gone soon, read or not.
    if (connection.over) connection.cutAtMs = Math.min(connection.cutAtMs, nowMs + keepaliveTimeoutMs);
    if (nowMs >= connection.cutAtMs || (pinged && nowMs >= answerByMs)) socket.destroy();
    else if (nowMs >= connection.goAtMs) {
      connection.goAtMs = NEVER_MS;
      connection.goAway();
    } else if (isIdler(connection, nowMs)) {
      connection.proveByMs = NEVER_MS;
      connection.cutAtMs = Math.min(connection.cutAtMs, nowMs + keepaliveTimeoutMs);
      connection.goAway();
    } else if (nowMs >= connection.pingAtMs && !connection.pinged && connection.greeted) {
      connection.answerByMs = nowMs + keepaliveTimeoutMs;
      connection.pingAtMs = nowMs + keepaliveMs;
      connection.ping();
    }
  }

  return {
    add(connection) {
      // Give or take a tenth, so that what came at once does not go at once.
      const ageMs = maxConnectionAgeMs * (0.9 + Math.random() * 0.2);
      connection.proveByMs = after(authenticationMs);
      connection.pingAtMs = after(keepaliveMs);
      connection.goAtMs = after(ageMs);
      connection.cutAtMs = after(ageMs + maxConnectionAgeGraceMs);
      connections.add(connection);
      timer ??= setInterval(turn, turnMs).unref();
    },
    remove(connection) {
      connections.delete(connection);
      if (connections.size > 0) return;
      clearInterval(timer);
      timer = undefined;
    },
    dismiss() {
      for (const connection of connections) connection.goAway();
    },
    cut() {
      for (const { socket } of connections) socket.destroy();
    },
  };
}

/** It has asked nothing that could be read, and asks nothing. Streams have their own deadline. */
function isIdler(connection: SocketConnection, nowMs: number): boolean {
  return (
    !connection.proved &&
    nowMs >= connection.proveByMs &&
    connection.streams.size === 0 &&
    connection.unread === undefined
  );
}

const START_MS = performance.now();

/** In whole milliseconds since this was loaded: small integers. */
function after(ms: number): number {
  return Math.min(NEVER_MS, Math.ceil(performance.now() - START_MS + ms));
}
