import { webcrypto } from "node:crypto";
import type { Schedule } from "../secrets/renewing-certificate.ts";
import type { WebCrypto } from "../web-crypto.ts";

/** Node's cryptography, clock, timers and randomness, for the arguments of this package. */
export interface NodeBindings {
  readonly crypto: WebCrypto;
  readonly now: () => number;
  readonly random: () => number;
  readonly schedule: Schedule;
}

export const nodeBindings: NodeBindings = {
  crypto: webcrypto as unknown as WebCrypto,
  now: Date.now,
  random: Math.random,
  schedule(delayMs, callback) {
    const timer = setTimeout(callback, delayMs);
    // Renewal alone keeps no process alive.
    timer.unref();
    return () => clearTimeout(timer);
  },
};
