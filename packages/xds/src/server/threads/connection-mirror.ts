import { resourceType } from "../../resource/resource-type.ts";
import type { TypeUrl } from "../../resource/type-url.ts";
import type { TypeStatus } from "../../session/protocol.ts";
import type { ViewId } from "../../snapshot/ids.ts";
import type { StreamLabel, XdsConnection } from "../report.ts";
import type { RevisionNews, StatusNews, TypeNews } from "./messages.ts";

/** What the main thread knows of one other thread's streams. It never says that a stream is further than it is. */
export interface ConnectionMirror {
  open(connection: XdsConnection): void;
  close(stream: number): void;
  /** It reads another view from now on, and is not settled until its thread says so. */
  move(stream: number, view: ViewId): void;
  revise(news: RevisionNews): void;
  update(news: StatusNews): void;
  label(stream: number): StreamLabel | undefined;
  /** `newest`: the store's revision. */
  connections(newest: number): readonly XdsConnection[];
}

interface Mirrored {
  readonly label: StreamLabel;
  opened: XdsConnection;
  readonly types: Map<TypeUrl, { readonly news: TypeNews; readonly at: number }>;
  /** Settled: it is as far as its thread. */
  settled: boolean;
  appliedRevision: number;
}

export function createConnectionMirror(): ConnectionMirror {
  const streams = new Map<number, Mirrored>();
  const byView = new Map<ViewId, Set<Mirrored>>();
  let revision = 0;

  function follow(mirrored: Mirrored): void {
    const { view } = mirrored.opened;
    const known = byView.get(view);
    if (known === undefined) byView.set(view, new Set([mirrored]));
    else known.add(mirrored);
  }

  function leave(mirrored: Mirrored): void {
    const { view } = mirrored.opened;
    const known = byView.get(view);
    known?.delete(mirrored);
    if (known?.size === 0) byView.delete(view);
  }

  function unsettle(mirrored: Mirrored): void {
    if (!mirrored.settled) return;
    mirrored.settled = false;
    mirrored.appliedRevision = revision;
  }

  return {
    label: (stream) => streams.get(stream)?.label,
    open(opened) {
      const { stream, nodeId, peer, dialect, appliedRevision } = opened;
      const label = { stream, nodeId, peer, dialect };
      const mirrored = { label, opened, types: new Map(), settled: false, appliedRevision };
      streams.set(stream, mirrored);
      follow(mirrored);
    },
    close(stream) {
      const mirrored = streams.get(stream);
      if (mirrored === undefined) return;
      streams.delete(stream);
      leave(mirrored);
    },
    move(stream, view) {
      const mirrored = streams.get(stream);
      if (mirrored === undefined) return;
      leave(mirrored);
      mirrored.opened = { ...mirrored.opened, view };
      follow(mirrored);
      unsettle(mirrored);
    },
    revise({ revision: next, views }) {
      for (const view of views) for (const mirrored of byView.get(view) ?? []) unsettle(mirrored);
      revision = next;
    },
    update(news) {
      for (const [at, stream] of news.streams.entries()) {
        const mirrored = streams.get(stream);
        if (mirrored === undefined) continue;
        mirrored.settled = news.settled[at] ?? false;
        // It is not asked at every revision, and may not know that it was as far as its thread.
        mirrored.appliedRevision = Math.max(mirrored.appliedRevision, news.appliedRevision[at] ?? 0);
      }
      for (const type of news.types) {
        for (const [at, stream] of type.streams.entries()) {
          streams.get(stream)?.types.set(type.status.typeUrl, { news: type, at });
        }
      }
    },
    connections: (newest) =>
      [...streams.values()].map(({ opened, types, settled, appliedRevision }) => ({
        ...opened,
        settled: settled && revision === newest,
        appliedRevision: settled ? revision : appliedRevision,
        types: [...types.values()].map(({ news, at }) => statusOf(news, at)).sort(byRank),
      })),
  };
}

function statusOf({ status, acknowledgedAtMs, pendingSinceMs }: TypeNews, at: number): TypeStatus {
  return { ...status, acknowledgedAtMs: acknowledgedAtMs[at], pendingSinceMs: pendingSinceMs[at] };
}

function byRank(a: TypeStatus, b: TypeStatus): number {
  return resourceType(a.typeUrl).rank - resourceType(b.typeUrl).rank;
}
