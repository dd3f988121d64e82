import type { Zone } from "../zone/zone.ts";
import { deltaInSteps, type ZoneDelta } from "../zone/zone-delta.ts";
import { runSteps } from "./slices.ts";
import type { Zones } from "./zone-source.ts";

/** What the copies of a server's zones are told. */
export type ZoneNews =
  | { readonly kind: "zone"; readonly number: number; readonly delta: ZoneDelta }
  | { readonly kind: "gone"; readonly number: number };

/** Tells copies of zones what changes in them. */
export interface ZoneMirror {
  /** What one more copy must hear first; what is told to all from then on follows upon it. */
  whole(): Iterable<ZoneNews>;
  close(): void;
}

interface Mirrored {
  /** As the copies have it. */
  sent: Zone | undefined;
  latest: Zone;
  cancel: (() => void) | undefined;
}

/** A change of some thousand names is told before the swap of the zone returns; more take slices, and the copies answer as before until then. */
export function createZoneMirror(
  zones: Zones,
  tell: (news: ZoneNews) => void,
  published: () => void = () => undefined,
): ZoneMirror {
  const mirrored = new Map<number, Mirrored>();

  function work(number: number, one: Mirrored): void {
    const { latest } = one;
    if (one.cancel !== undefined || one.sent === latest) return;
    const cancel = runSteps(deltaInSteps(one.sent, latest), (delta) => {
      one.cancel = undefined;
      one.sent = latest;
      tell({ kind: "zone", number, delta });
      work(number, one);
    });
    if (cancel !== undefined) one.cancel = cancel;
  }

  const stop = zones.watch({
    swapped(number, zone) {
      const one: Mirrored = mirrored.get(number) ?? { sent: undefined, latest: zone, cancel: undefined };
      mirrored.set(number, one);
      one.latest = zone;
      work(number, one);
    },
    gone(number) {
      mirrored.get(number)?.cancel?.();
      mirrored.delete(number);
      tell({ kind: "gone", number });
    },
    published,
  });

  return {
    *whole() {
      for (const [number, { sent }] of mirrored) {
        if (sent !== undefined) yield { kind: "zone", number, delta: wholeOf(sent) };
      }
    },
    close() {
      stop();
      for (const { cancel } of mirrored.values()) cancel?.();
    },
  };
}

function wholeOf(zone: Zone): ZoneDelta {
  const steps = deltaInSteps(undefined, zone);
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}
