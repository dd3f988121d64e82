import type { TypeUrl } from "../resource/type-url.ts";
import type { StreamReport } from "./stream-home.ts";

export interface AckDeadlineOptions {
  /** How long a response may stay unanswered. */
  readonly ms: number;
  readonly now: () => number;
  /** A stream let it pass. */
  readonly overdue: (stream: number, typeUrl: TypeUrl) => void;
}

/** Notices streams that take responses and do not answer them. Fed with what happens on all streams. */
export interface AckDeadline {
  see(report: StreamReport): void;
  close(): void;
}

/** How often in a deadline is looked. */
const LOOKS = 4;

export function createAckDeadline({ ms, now, overdue }: AckDeadlineOptions): AckDeadline {
  const awaited = new Map<number, Map<TypeUrl, number>>();

  function look(): void {
    const since = now() - ms;
    for (const [stream, types] of awaited) {
      for (const [typeUrl, sentMs] of types) {
        if (sentMs > since) continue;
        awaited.delete(stream);
        overdue(stream, typeUrl);
        break;
      }
    }
  }

  const timer = setInterval(look, Math.max(5, ms / LOOKS)).unref();
  return {
    see(report) {
      switch (report.kind) {
        case "push": {
          const types = awaited.get(report.stream);
          if (types === undefined) awaited.set(report.stream, new Map([[report.typeUrl, now()]]));
          else types.set(report.typeUrl, now());
          return;
        }
        case "ack":
        case "nack":
          awaited.get(report.stream)?.delete(report.typeUrl);
          return;
        case "stream-closed":
          awaited.delete(report.stream);
          return;
      }
    },
    close: () => clearInterval(timer),
  };
}
