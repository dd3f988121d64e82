import type { Admitted, StreamHome } from "../stream-home.ts";
import { type ConnectionMirror, createConnectionMirror } from "./connection-mirror.ts";
import type { ThreadNews, ToThread } from "./messages.ts";
import { createRelayedCalls, type FurtherMethods } from "./relayed-call.ts";

export interface ThreadDeskOptions {
  readonly home: StreamHome;
  readonly further: FurtherMethods;
  post(message: ToThread): void;
}

/** The main thread's side of one other thread: carries out what its streams ask for, and knows how far they are. */
export interface ThreadDesk {
  readonly connections: ConnectionMirror["connections"];
  /** Gives whether `connections` may have changed. */
  take(news: ThreadNews): boolean;
  /** The thread is gone, and its streams with it. */
  close(): void;
}

export function createThreadDesk({ home, further, post }: ThreadDeskOptions): ThreadDesk {
  const mirror = createConnectionMirror();
  const admitted = new Map<number, Admitted>();
  const calls = createRelayedCalls(further, post);
  let closed = false;

  async function admit({ stream, peer, node, asked }: Extract<ThreadNews, { readonly kind: "admit" }>): Promise<void> {
    const admission = await home.admit({
      stream,
      peer,
      node,
      asked,
      secret: (secret) => {
        if (closed || !admitted.has(stream)) return;
        // A copy: the memory around it stays here.
        post({ kind: "secret", stream, secret: { ...secret, body: Uint8Array.from(secret.body) } });
      },
    });
    if ("refused" in admission) {
      if (!closed) post({ kind: "decided", stream, decision: admission });
      return;
    }
    if (closed) {
      admission.release();
      return;
    }
    admitted.set(stream, admission);
    const { view, types, rejections, ownSecrets } = admission;
    post({ kind: "decided", stream, decision: { view, types, rejections, ownSecrets } });
  }

  async function reassign({ stream, asked }: Extract<ThreadNews, { readonly kind: "reassign" }>): Promise<void> {
    const decision = await admitted.get(stream)?.reassign(asked);
    if (decision === undefined || closed) return;
    if (!("refused" in decision)) mirror.move(stream, decision.view);
    post({ kind: "reassigned", stream, decision });
  }

  function release(stream: number): void {
    const known = admitted.get(stream);
    admitted.delete(stream);
    known?.release();
  }

  function report(entry: Parameters<StreamHome["report"]>[0]): void {
    if (entry.kind === "stream-opened") mirror.open(entry.connection);
    else if (entry.kind === "stream-closed") mirror.close(entry.stream);
    home.report(entry);
  }

  return {
    connections: (newest) => mirror.connections(newest),
    take(news) {
      switch (news.kind) {
        case "admit":
          void admit(news);
          return false;
        case "reassign":
          void reassign(news);
          return false;
        case "release":
          release(news.stream);
          return false;
        case "remember":
          admitted.get(news.stream)?.remember(news.rejected);
          return false;
        case "forgive":
          admitted.get(news.stream)?.forgive(news.resource);
          return false;
        case "watch":
        case "unwatch":
          admitted.get(news.stream)?.[news.kind](news.secret);
          return false;
        case "report":
          report(news.report);
          return true;
        case "pushes":
          for (const stream of news.streams) {
            const label = mirror.label(stream);
            if (label !== undefined) home.report({ kind: "push", ...news.push, ...label });
          }
          return false;
        case "acks": {
          const { typeUrl, nonce, waitedMs } = news;
          for (const [at, stream] of news.streams.entries()) {
            const label = mirror.label(stream);
            if (label !== undefined)
              home.report({ kind: "ack", typeUrl, nonce, waitedMs: waitedMs[at] ?? 0, ...label });
          }
          return false;
        }
        case "status":
          mirror.update(news);
          return true;
        case "revision":
          mirror.revise(news);
          return true;
        default:
          calls.take(news);
          return false;
      }
    },
    close() {
      closed = true;
      calls.close();
      for (const { stream, nodeId, peer, dialect } of mirror.connections(0)) {
        const message = "the thread that served it ended";
        report({ kind: "stream-closed", status: "UNAVAILABLE", message, stream, nodeId, peer, dialect });
      }
      for (const stream of [...admitted.keys()]) release(stream);
    },
  };
}
