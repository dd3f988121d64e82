import type { ServedStream } from "../stream.ts";
import type { StreamReport } from "../stream-home.ts";
import type { AckNews, PushNews, ThreadNews } from "./messages.ts";
import { statusNews } from "./status-news.ts";

/** What a thread has to say, gathered for a moment: a push to a thousand streams is one message. */
export interface Outbox {
  /** Leaves at the end of the turn, with all that was said before it. */
  post(news: ThreadNews): void;
  report(report: StreamReport): void;
  /** Its status is told with what leaves next. */
  touch(stream: ServedStream): void;
  /** Sends what there is. */
  flush(): void;
}

/** Reports and status leave at once where nothing left for that long, else when it is over. */
const PACE_MS = 5;

export function createOutbox(send: (news: readonly ThreadNews[]) => void): Outbox {
  const touched = new Set<ServedStream>();
  let news: ThreadNews[] = [];
  let last: PushNews | AckNews | undefined;
  let leaving: NodeJS.Immediate | undefined;
  let pace: NodeJS.Timeout | undefined;

  function leave(): void {
    leaving ??= setImmediate(flush);
  }

  function schedule(): void {
    if (pace === undefined) leave();
  }

  function paced(): void {
    pace = undefined;
    if (news.length + touched.size > 0) leave();
  }

  function flush(): void {
    clearImmediate(leaving);
    leaving = undefined;
    if (touched.size > 0) {
      const rows = [...touched].flatMap((stream) => stream.connection() ?? []);
      touched.clear();
      if (rows.length > 0) news.push(statusNews(rows));
    }
    if (news.length === 0) return;
    pace ??= setTimeout(paced, PACE_MS);
    const sent = news;
    news = [];
    last = undefined;
    send(sent);
  }

  function add(entry: ThreadNews): void {
    news.push(entry);
    last = entry.kind === "pushes" || entry.kind === "acks" ? entry : undefined;
    schedule();
  }

  return {
    post(entry) {
      add(entry);
      leave();
    },
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
        add({ kind: "pushes", push, streams: [stream] });
      } else if (report.kind === "ack") {
        const { typeUrl, nonce, stream, waitedMs } = report;
        if (last?.kind === "acks" && last.nonce === nonce && last.typeUrl === typeUrl) {
          last.streams.push(stream);
          last.waitedMs.push(waitedMs);
          return;
        }
        add({ kind: "acks", typeUrl, nonce, streams: [stream], waitedMs: [waitedMs] });
      } else {
        add({ kind: "report", report });
      }
    },
  };
}
