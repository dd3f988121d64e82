import type { XdsConnection } from "../report.ts";
import type { ServedStream } from "../stream.ts";
import type { StreamReport } from "../stream-home.ts";
import type { AckNews, PushNews, ThreadNews } from "./messages.ts";
import { statusNews } from "./status-news.ts";

/** What a thread has to say, gathered until the end of the turn: a push to a thousand streams is one message. */
export interface Outbox {
  post(news: ThreadNews): void;
  report(report: StreamReport): void;
  /** Its status is told at the end of the turn. */
  touch(stream: ServedStream): void;
  /** Sends what there is. */
  flush(): void;
}

export function createOutbox(send: (news: readonly ThreadNews[]) => void): Outbox {
  const touched = new Set<ServedStream>();
  let news: ThreadNews[] = [];
  let last: PushNews | AckNews | undefined;
  let scheduled = false;

  function schedule(): void {
    if (scheduled) return;
    scheduled = true;
    setImmediate(flush);
  }

  function flush(): void {
    scheduled = false;
    if (touched.size > 0) {
      const rows = [...touched].flatMap((stream): XdsConnection[] => [stream.connection() ?? []].flat());
      touched.clear();
      if (rows.length > 0) news.push(statusNews(rows));
    }
    if (news.length === 0) return;
    const sent = news;
    news = [];
    last = undefined;
    send(sent);
  }

  function post(entry: ThreadNews): void {
    news.push(entry);
    last = entry.kind === "pushes" || entry.kind === "acks" ? entry : undefined;
    schedule();
  }

  return {
    post,
    flush,
    touch(stream) {
      touched.add(stream);
      schedule();
    },
    report(report) {
      if (report.kind === "push") {
        // Streams that share a nonce share the response.
        if (last?.kind === "pushes" && last.push.nonce === report.nonce) {
          last.streams.push(report.stream);
          return;
        }
        const { typeUrl, nonce, version, resources, removed, bytes, oversize, stream } = report;
        const push = { typeUrl, nonce, version, resources, removed, bytes, oversize };
        post({ kind: "pushes", push, streams: [stream] });
      } else if (report.kind === "ack") {
        const { typeUrl, nonce, stream, waitedMs } = report;
        if (last?.kind === "acks" && last.nonce === nonce && last.typeUrl === typeUrl) {
          last.streams.push(stream);
          last.waitedMs.push(waitedMs);
          return;
        }
        post({ kind: "acks", typeUrl, nonce, streams: [stream], waitedMs: [waitedMs] });
      } else {
        post({ kind: "report", report });
      }
    },
  };
}
