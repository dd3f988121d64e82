import type { SnapshotFeed } from "@portolan/model";
import type { ConnectedProxy, XdsPart } from "./xds-part.ts";

export interface AppliedOptions {
  /** Default: the newest. One that is not published yet is waited for. */
  readonly revision?: number;
  /** `NAME`, `NAME.NAMESPACE` or a node id: only that proxy, which must be connected. Default: every connected one. */
  readonly proxy?: string;
  /** 30 s. */
  readonly timeoutMs?: number;
  /** Ends the waiting early. */
  readonly signal?: AbortSignal;
}

export interface AppliedResult {
  readonly applied: boolean;
  readonly revision: number;
  /** Node ids of the proxies that have not acknowledged it; the name that was asked for where no such proxy is connected. */
  readonly waiting: readonly string[];
}

/** Waits until every connected proxy has acknowledged (or rejected) all of a revision that concerns it. */
export async function waitApplied(
  feed: SnapshotFeed,
  xds: Pick<XdsPart, "connections" | "onReport">,
  options: AppliedOptions = {},
): Promise<AppliedResult> {
  const { revision = feed.snapshot.revision, timeoutMs = 30_000, signal } = options;
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const waiting = behind(xds.connections(), revision, options.proxy);
    const applied = waiting.length === 0 && feed.snapshot.revision >= revision;
    const restMs = deadline - performance.now();
    if (applied || restMs <= 0 || signal?.aborted === true) return { applied, revision, waiting };
    await nextEvent(feed, xds, restMs, signal);
  }
}

/** Node ids of the proxies that have not acknowledged all of a revision. */
export function behind(
  connected: readonly ConnectedProxy[],
  revision: number,
  name: string | undefined,
): readonly string[] {
  const meant = connected.filter(({ proxy }) => name === undefined || isNamed(proxy, name));
  if (name !== undefined && meant.length === 0) return [name];
  return meant.flatMap(({ connection }) => (connection.appliedRevision >= revision ? [] : [connection.nodeId]));
}

function isNamed({ name, namespace, nodeId }: ConnectedProxy["proxy"], text: string): boolean {
  return text === name || text === `${name}.${namespace}` || text === nodeId;
}

/** Resolves when something is published or happens on a stream, at the latest after that time. */
function nextEvent(
  feed: SnapshotFeed,
  xds: Pick<XdsPart, "onReport">,
  timeoutMs: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  // What is told first is the cause; what it leads to in the same turn belongs to it.
  const end = () => setImmediate(resolve);
  const timer = setTimeout(resolve, timeoutMs);
  const stops = [feed.onPublish(end), xds.onReport(end)];
  signal?.addEventListener("abort", end, { once: true });
  return promise.finally(() => {
    clearTimeout(timer);
    for (const stop of stops) stop();
    signal?.removeEventListener("abort", end);
  });
}
