import type { SnapshotFeed } from "@portolan/model";
import { reasonNotApplied, standingRejections } from "./not-applied.ts";
import type { ConnectedProxy, XdsPart } from "./xds-part.ts";

/** What is waited for, and for how long. */
export interface AppliedOptions {
  /** Default: the newest. One that is not published yet is waited for. */
  readonly revision?: number;
  /** `NAME`, `NAME.NAMESPACE` or a node id: only that proxy, which must be connected. Default: every connected one. */
  readonly proxy?: string;
  /** The same for several: all of them. */
  readonly proxies?: readonly string[];
  /** 30 s. */
  readonly timeoutMs?: number;
  /** Ends the waiting early. */
  readonly signal?: AbortSignal;
}

/** What came of the waiting. */
export interface AppliedResult {
  readonly applied: boolean;
  readonly revision: number;
  /** Node ids of the proxies that have not acknowledged it; the name that was asked for where no such proxy is connected. */
  readonly waiting: readonly string[];
  /** For each of them, at the same place, why; absent where nothing is waited for. */
  readonly reasons?: readonly string[];
  /**
   * Proxies that are meant and have rejected something, of this revision or of an earlier one, which they do not have therefore:
   * a rejection is an answer, and not waited for. Absent where there are none.
   */
  readonly rejected?: readonly ProxyBehind[];
}

/** A proxy that is not as far as a revision. */
export interface ProxyBehind {
  /** Its node id. */
  readonly proxy: string;
  readonly reason: string;
}

/** Waits until every connected proxy has acknowledged (or rejected) all of a revision that concerns it. */
export async function waitApplied(
  feed: SnapshotFeed,
  xds: Pick<XdsPart, "connections" | "feed" | "onReport" | "onStatus">,
  options: AppliedOptions = {},
): Promise<AppliedResult> {
  const { revision = feed.snapshot.revision, timeoutMs = 30_000, signal } = options;
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const connected = xds.connections();
    const late = behind(connected, revision, namesOf(options));
    const applied = late.length === 0 && feed.snapshot.revision >= revision;
    const restMs = deadline - performance.now();
    if (applied || restMs <= 0 || signal?.aborted === true) {
      const waiting = late.map(({ proxy }) => proxy);
      const rejected = rejecting(connected, namesOf(options));
      return {
        applied,
        revision,
        waiting,
        ...(late.length === 0 ? {} : { reasons: late.map(({ reason }) => reason) }),
        ...(rejected.length === 0 ? {} : { rejected }),
      };
    }
    await nextEvent(feed, xds, restMs, signal);
  }
}

function namesOf({ proxy, proxies }: AppliedOptions): readonly string[] | undefined {
  return proxy === undefined ? proxies : [proxy, ...(proxies ?? [])];
}

/** The proxies that have not acknowledged all of a revision, by node id; by name where no such proxy is connected. */
export function behind(
  connected: readonly ConnectedProxy[],
  revision: number,
  names?: readonly string[],
): readonly ProxyBehind[] {
  const missing = (names ?? []).filter((name) => !connected.some(({ proxy }) => isNamed(proxy, name)));
  const meant = connected.filter(({ proxy }) => names === undefined || names.some((name) => isNamed(proxy, name)));
  return [
    ...missing.map((name) => ({ proxy: name, reason: "it is not connected" })),
    ...meant.flatMap(({ connection }) =>
      connection.appliedRevision >= revision
        ? []
        : [{ proxy: connection.nodeId, reason: reasonNotApplied(connection, performance.now()) }],
    ),
  ];
}

function rejecting(connected: readonly ConnectedProxy[], names: readonly string[] | undefined): readonly ProxyBehind[] {
  return connected.flatMap(({ proxy, connection }) => {
    if (names !== undefined && !names.some((name) => isNamed(proxy, name))) return [];
    const reason = standingRejections(connection);
    return reason === undefined ? [] : [{ proxy: connection.nodeId, reason }];
  });
}

/** `NAME`, `NAME.NAMESPACE` or a node id. */
export function isNamed({ name, namespace, nodeId }: ConnectedProxy["proxy"], text: string): boolean {
  return text === name || text === `${name}.${namespace}` || text === nodeId;
}

/** Resolves when something is published or happens on a stream, at the latest after that time. */
function nextEvent(
  feed: SnapshotFeed,
  xds: Pick<XdsPart, "feed" | "onReport" | "onStatus">,
  timeoutMs: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  // What is told first is the cause; what it leads to in the same turn belongs to it.
  const end = () => setImmediate(resolve);
  const timer = setTimeout(resolve, timeoutMs);
  const stops = [feed.onPublish(end), xds.feed.onPublish(end), xds.onReport(end), xds.onStatus(end)];
  signal?.addEventListener("abort", end, { once: true });
  return promise.finally(() => {
    clearTimeout(timer);
    for (const stop of stops) stop();
    signal?.removeEventListener("abort", end);
  });
}
