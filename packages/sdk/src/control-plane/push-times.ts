import type { SnapshotFeed } from "@portolan/model";
import type { TypeUrl, XdsReport } from "@portolan/xds";

/** How long publications take to be pushed. */
export interface PushTimes extends Disposable {
  /** What the newest publication changes has been translated. */
  translationDone(): void;
  /**
   * Called once a publication and type: milliseconds from before its translation to the end of the turn in which the last
   * proxy was sent that type. Gives the function that ends it.
   */
  onPushed(listener: PushedListener): () => void;
  /** Tells of a publication that is pushed, and is told no later than by this. */
  settle(): void;
}

export type PushedListener = (typeUrl: TypeUrl, tookMs: number) => void;

export interface PushTimesOptions {
  readonly feed: Pick<SnapshotFeed, "onPublish">;
  readonly onReport: (listener: (report: XdsReport) => void) => () => void;
  readonly nowMs?: () => number;
  /** Calls back at the end of the turn of the event loop. */
  readonly afterTurn?: (callback: () => void) => void;
}

/** A publication is pushed when nothing was sent for so long. Who is sent to later had not answered before, or is new. */
const QUIET_MS = 100;

interface Batch {
  readonly publishedMs: number;
  activeMs: number;
  readonly tookMs: Map<TypeUrl, number>;
}

/**
 * To be made before what translates, and told when that is done. Thousands of pushes in a turn cost a comparison each: the
 * clock is read once a turn.
 */
export function createPushTimes(options: PushTimesOptions): PushTimes {
  const { feed, onReport, nowMs = () => performance.now(), afterTurn = setImmediate } = options;
  const listeners = new Set<PushedListener>();
  const inTurn = new Set<TypeUrl>();
  let latest: TypeUrl | undefined;
  let scheduled = false;
  let batch: Batch | undefined;

  /** Takes the time for what was sent in this turn. */
  function stamp(): void {
    const time = nowMs();
    if (batch !== undefined && time - batch.activeMs > QUIET_MS) finish();
    if (batch !== undefined && inTurn.size > 0) {
      for (const typeUrl of inTurn) batch.tookMs.set(typeUrl, time - batch.publishedMs);
      batch.activeMs = time;
    }
    inTurn.clear();
    latest = undefined;
  }

  function finish(): void {
    if (batch === undefined) return;
    const { tookMs } = batch;
    batch = undefined;
    for (const [typeUrl, ms] of tookMs) {
      for (const listener of listeners) listener(typeUrl, ms);
    }
  }

  const stops = [
    feed.onPublish(() => {
      stamp();
      finish();
      const publishedMs = nowMs();
      batch = { publishedMs, activeMs: publishedMs, tookMs: new Map() };
    }),
    onReport((report) => {
      if (report.kind !== "push" || report.typeUrl === latest || batch === undefined) return;
      latest = report.typeUrl;
      inTurn.add(latest);
      if (scheduled) return;
      scheduled = true;
      afterTurn(() => {
        scheduled = false;
        stamp();
      });
    }),
  ];

  return {
    translationDone() {
      if (batch !== undefined) batch.activeMs = nowMs();
    },
    onPushed(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    settle: stamp,
    [Symbol.dispose]() {
      for (const stop of stops) stop();
    },
  };
}
