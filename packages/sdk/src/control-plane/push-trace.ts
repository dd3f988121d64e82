import type { MeshChange, SnapshotFeed } from "@portolan/model";
import { resourceType, type XdsReport } from "@portolan/xds";
import type { TracedPush, TracedRevision } from "./traced-revision.ts";
import type { ConnectedProxy } from "./xds-part.ts";

export interface PushTrace extends Disposable {
  /** What the newest revision changes has been translated. */
  translationDone(): void;
  /** The newest first. */
  list(connected: readonly ConnectedProxy[]): readonly TracedRevision[];
}

export interface PushTraceOptions {
  readonly feed: SnapshotFeed;
  readonly onReport: (listener: (report: XdsReport) => void) => () => void;
  /** So far, by kind. */
  readonly translated: () => Readonly<Record<string, number>>;
  readonly nowMs?: () => number;
  /** Revisions that are kept; 50. */
  readonly maxRevisions?: number;
  /** Pushes of a revision that are kept; 200. */
  readonly maxPushes?: number;
}

/** What all streams have in common that were sent the same response. */
type Told = Pick<TracedPush, "type" | "nonce" | "resources" | "removed" | "bytes">;

/** There are ten thousand: what is the same is shared, and times are whole numbers, which take no memory of their own. */
interface Push {
  readonly told: Told;
  readonly node: string;
  readonly stream: number;
  /** Microseconds. */
  readonly afterUs: number;
  answer: TracedPush["answer"];
  answeredUs: number;
}

interface Unanswered {
  readonly push: Push;
  readonly sentMs: number;
}

interface Entry {
  readonly revision: number;
  readonly coalesced: number;
  readonly change: Pick<TracedRevision, "objects" | "objectCount" | "services" | "endpoints">;
  readonly publishedMs: number;
  /** What was translated before it, and with it. */
  readonly before: Readonly<Record<string, number>>;
  after: Readonly<Record<string, number>>;
  readonly pushes: Push[];
  morePushes: number;
}

const MAX_OBJECTS = 20;

/**
 * Follows revisions to the proxies. It is to be made before what translates, and told when that is done. A response belongs to the newest revision when it is sent: older ones are
 * coalesced into it.
 */
export function createPushTrace(options: PushTraceOptions): PushTrace {
  const { feed, onReport, translated, nowMs = () => performance.now(), maxRevisions = 50, maxPushes = 200 } = options;
  const entries: Entry[] = [];
  let newest = feed.snapshot.revision;
  // Of the entries' pushes those that wait for their answers, by stream: thousands of proxies answer at once, and may share a nonce.
  const unanswered = new Map<number, Unanswered[]>();

  function open(revision: number, change: MeshChange): void {
    entries.push({
      revision,
      coalesced: Math.max(0, revision - newest - 1),
      change: {
        objects: [...change.objects].slice(0, MAX_OBJECTS),
        objectCount: change.objects.size,
        services: change.services.size,
        endpoints: change.endpoints.size,
      },
      publishedMs: nowMs(),
      before: { ...translated() },
      after: {},
      pushes: [],
      morePushes: 0,
    });
    newest = revision;
    if (entries.length <= maxRevisions) return;
    for (const push of entries.shift()?.pushes ?? []) settle(push);
  }

  function settle(push: Push): void {
    const rest = unanswered.get(push.stream)?.filter((other) => other.push !== push) ?? [];
    if (rest.length === 0) unanswered.delete(push.stream);
    else unanswered.set(push.stream, rest);
  }

  function onPush(report: Extract<XdsReport, { kind: "push" }>): void {
    const entry = entries.at(-1);
    if (entry === undefined) return;
    if (entry.pushes.length >= maxPushes) {
      entry.morePushes++;
      return;
    }
    const { nodeId: node, stream } = report;
    const sentMs = nowMs();
    const afterUs = Math.round((sentMs - entry.publishedMs) * 1000);
    const told = toldIn(report, entry.pushes.at(-1)?.told);
    const push: Push = { told, node, stream, afterUs, answer: undefined, answeredUs: 0 };
    entry.pushes.push(push);
    unanswered.set(stream, [...(unanswered.get(stream) ?? []), { push, sentMs }]);
  }

  function onAnswer(report: Extract<XdsReport, { kind: "ack" | "nack" }>, answer: "ACK" | "NACK"): void {
    const waiting = unanswered.get(report.stream)?.find(({ push }) => push.told.nonce === report.nonce);
    if (waiting === undefined) return;
    const { push, sentMs } = waiting;
    settle(push);
    push.answer = answer;
    push.answeredUs = Math.round((nowMs() - sentMs) * 1000);
  }

  const stops = [
    feed.onPublish((snapshot, change) => open(snapshot.revision, change)),
    onReport((report) => {
      if (report.kind === "push") onPush(report);
      else if (report.kind === "ack") onAnswer(report, "ACK");
      else if (report.kind === "nack") onAnswer(report, "NACK");
    }),
  ];

  return {
    translationDone() {
      const entry = entries.at(-1);
      if (entry !== undefined) entry.after = { ...translated() };
    },
    list(connected) {
      return entries
        .map(({ revision, coalesced, change, before, after, pushes, morePushes }): TracedRevision => {
          const touched = new Set(pushes.map(({ node }) => node));
          return {
            revision,
            coalesced,
            ...change,
            translated: Object.fromEntries(
              Object.entries(after).flatMap(([kind, count]) => {
                const made = count - (before[kind] ?? 0);
                return made > 0 ? [[kind, made]] : [];
              }),
            ),
            pushes: pushes.map(tracedPush),
            morePushes,
            untouched: morePushes > 0 ? [] : connected.flatMap((proxy) => untouched(proxy, revision, touched)),
          };
        })
        .reverse();
    },
    [Symbol.dispose]() {
      for (const stop of stops) stop();
    },
  };
}

/** `last`: of the push before, which most share. */
function toldIn(report: Extract<XdsReport, { kind: "push" }>, last: Told | undefined): Told {
  const { nonce, resources, removed, bytes } = report;
  const type = resourceType(report.typeUrl).shortName;
  const isSame = last?.nonce === nonce && last.type === type && last.bytes === bytes;
  if (isSame && last.resources === resources && last.removed === removed) return last;
  return { type, nonce, resources, removed, bytes };
}

function tracedPush({ told, node, afterUs, answer, answeredUs }: Push): TracedPush {
  const push = { node, ...told, afterMs: afterUs / 1000 };
  return answer === undefined ? push : { ...push, answer, answeredMs: answeredUs / 1000 };
}

function untouched({ connection }: ConnectedProxy, revision: number, touched: ReadonlySet<string>) {
  const { nodeId: node, appliedRevision, types } = connection;
  if (touched.has(node)) return [];
  const waiting = types.find(({ pendingSinceMs }) => pendingSinceMs !== undefined);
  if (appliedRevision >= revision) return [{ node, reason: "nothing that it asks for is another than before" }];
  if (waiting !== undefined)
    return [{ node, reason: `it has not acknowledged ${waiting.shortName}; what changed is sent then` }];
  return [{ node, reason: types.length === 0 ? "it has asked for nothing" : "it is about to be sent to" }];
}
