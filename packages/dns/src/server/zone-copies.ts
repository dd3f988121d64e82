import { applyDeltaInSteps } from "../zone/apply-delta.ts";
import type { Zone } from "../zone/zone.ts";
import type { ZoneDelta } from "../zone/zone-delta.ts";
import { runSteps } from "./slices.ts";
import type { ZoneNews } from "./zone-mirror.ts";
import { type PendingZone, PUBLIC, type ZoneSource } from "./zone-source.ts";

/** The zones of a server as another thread has them. */
export interface ZoneCopies extends ZoneSource {
  take(news: ZoneNews): void;
  /** Which zone answers an address; undefined: none yet. */
  view(address: string, number: number | undefined): void;
  /** The zones of these addresses are to be asked for anew; of all that are known, unless said. */
  forget(addresses?: Iterable<string>): void;
  /** Resolves when everything that was taken is in place. */
  settled(): Promise<void>;
}

/** Queries that wait for one zone, or for one address's view. */
const MAX_WAITING = 512;
/** Addresses whose view is asked for at once. */
const MAX_ASKED = 4_096;
/** Addresses whose view is known; more begin anew. */
const MAX_ADDRESSES = 65_536;

const FULL: PendingZone = { whenReady: () => false };

class Waiting implements PendingZone {
  private listeners: (() => void)[] = [];

  whenReady(listener: () => void): boolean {
    if (this.listeners.length >= MAX_WAITING) return false;
    this.listeners.push(listener);
    return true;
  }

  release(): void {
    const listeners = this.listeners;
    this.listeners = [];
    for (const listener of listeners) listener();
  }
}

class Copy extends Waiting {
  zone: Zone | undefined;
  readonly queue: ZoneDelta[] = [];
  cancel: (() => void) | undefined;
}

/** `ask` is called for an address whose view is not known; undefined where all clients see the public view. */
export function createZoneCopies(ask: ((address: string) => void) | undefined): ZoneCopies {
  const copies = new Map<number, Copy>();
  const numbers = new Map<string, number | undefined>();
  const asked = new Map<string, Waiting>();
  let whenSettled: (() => void)[] = [];

  function work(copy: Copy): void {
    const delta = copy.cancel === undefined ? copy.queue.shift() : undefined;
    if (delta === undefined) return;
    const cancel = runSteps(applyDeltaInSteps(copy.zone, delta), (zone) => {
      copy.cancel = undefined;
      copy.zone = zone;
      copy.release();
      work(copy);
      tellSettled();
    });
    if (cancel !== undefined) copy.cancel = cancel;
  }

  function tellSettled(): void {
    for (const { cancel } of copies.values()) if (cancel !== undefined) return;
    const listeners = whenSettled;
    whenSettled = [];
    for (const listener of listeners) listener();
  }

  function copyOf(number: number): Copy {
    const copy = copies.get(number) ?? new Copy();
    copies.set(number, copy);
    return copy;
  }

  /** The answers of an address that was not asked for lately wait for its view. */
  function askFor(address: string, how: (address: string) => void): PendingZone {
    let waiting = asked.get(address);
    if (waiting === undefined) {
      if (asked.size >= MAX_ASKED) return FULL;
      waiting = new Waiting();
      asked.set(address, waiting);
      how(address);
    }
    return waiting;
  }

  return {
    zoneFor(address) {
      let number: number | undefined = PUBLIC;
      if (ask !== undefined) {
        number = numbers.get(address);
        if (number === undefined && !numbers.has(address)) return askFor(address, ask);
      } else if (!copies.has(PUBLIC)) return undefined;
      if (number === undefined) return undefined;
      const copy = copyOf(number);
      return copy.zone ?? copy;
    },
    take(news) {
      if (news.kind === "gone") {
        const copy = copies.get(news.number);
        copy?.cancel?.();
        copies.delete(news.number);
        for (const [address, number] of numbers) if (number === news.number) numbers.delete(address);
        copy?.release();
      } else {
        const copy = copyOf(news.number);
        copy.queue.push(news.delta);
        work(copy);
      }
    },
    view(address, number) {
      if (numbers.size >= MAX_ADDRESSES) numbers.clear();
      numbers.set(address, number);
      const waiting = asked.get(address);
      asked.delete(address);
      waiting?.release();
    },
    forget(addresses) {
      if (addresses === undefined) numbers.clear();
      else for (const address of addresses) numbers.delete(address);
    },
    settled() {
      return new Promise((resolve) => {
        whenSettled.push(resolve);
        tellSettled();
      });
    },
  };
}
