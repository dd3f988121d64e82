import type { CertificateSecret } from "../authority/authority.ts";

/** Calls back once after at least `delayMs`; the answer cancels. */
export type Schedule = (delayMs: number, callback: () => void) => () => void;

export interface RenewalOptions {
  readonly issue: () => Promise<CertificateSecret>;
  readonly now: () => number;
  readonly schedule: Schedule;
  /** 0 up to, but without, 1; spreads renewals. */
  readonly random: () => number;
  /** Told when issuing fails or a listener throws; the last certificate stays. */
  readonly onFailure?: (error: unknown) => void;
}

export type CertificateListener = (secret: CertificateSecret) => void;

/** One certificate that is renewed at about half of its life for as long as somebody watches it. */
export interface RenewingCertificate {
  /** The listener gets the certificate as soon as there is one (never before `watch` returned), then each renewed one. */
  watch(listener: CertificateListener): () => void;
  readonly watched: boolean;
}

/** Timers follow the monotonic clock and certificates the wall clock: it is looked at again at least this often. */
export const CHECK_MS = 60_000;
const FIRST_RETRY_MS = 1_000;
/** Between renewals: near the end of the authority itself half of what remains would be ever less. */
const SHORTEST_MS = 1_000;

interface Held {
  readonly secret: CertificateSecret;
  readonly issuedMs: number;
  readonly renewMs: number;
}

export function createRenewingCertificate(options: RenewalOptions): RenewingCertificate {
  const { issue, now, schedule, random, onFailure = () => {} } = options;
  const listeners = new Map<symbol, CertificateListener>();
  let held: Held | undefined;
  let issuing = false;
  let failures = 0;
  let cancel: (() => void) | undefined;

  /** A clock that was set back before the issue also asks for a new one: the old is not valid yet. */
  const due = (): boolean => held === undefined || now() >= held.renewMs || now() < held.issuedMs;

  const usable = ({ secret, issuedMs }: Held): boolean => issuedMs <= now() && now() < secret.notAfterMs;

  function tell(listener: CertificateListener, secret: CertificateSecret): void {
    try {
      listener(secret);
    } catch (error) {
      onFailure(error);
    }
  }

  function wakeIn(delayMs: number): void {
    cancel?.();
    cancel = undefined;
    if (listeners.size > 0) cancel = schedule(Math.max(1, Math.min(delayMs, CHECK_MS)), check);
  }

  function check(): void {
    cancel = undefined;
    if (listeners.size === 0 || issuing) return;
    if (held !== undefined && !due()) {
      wakeIn(held.renewMs - now());
      return;
    }
    issuing = true;
    void issue().then(accept, (error: unknown) => {
      issuing = false;
      onFailure(error);
      wakeIn(FIRST_RETRY_MS * 2 ** Math.min(failures++, 6) * (0.5 + random() / 2));
    });
  }

  function accept(secret: CertificateSecret): void {
    issuing = false;
    failures = 0;
    const issuedMs = now();
    const waitMs = Math.max(SHORTEST_MS, (secret.notAfterMs - issuedMs) * (0.45 + random() / 10));
    held = { secret, issuedMs, renewMs: issuedMs + waitMs };
    for (const listener of [...listeners.values()]) tell(listener, secret);
    wakeIn(waitMs);
  }

  return {
    watch(listener) {
      const key = Symbol();
      listeners.set(key, listener);
      const ready = held;
      if (ready !== undefined && usable(ready)) {
        void Promise.resolve().then(() => {
          if (listeners.has(key) && held === ready) tell(listener, ready.secret);
        });
      }
      // Somebody watched already: then the timer runs.
      if (cancel === undefined) check();
      return () => {
        listeners.delete(key);
        if (listeners.size > 0) return;
        cancel?.();
        cancel = undefined;
      };
    },
    get watched() {
      return listeners.size > 0;
    },
  };
}
