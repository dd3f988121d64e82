/** Ends streams that do not say in time who they are: one timer for all of them. */
export interface NodeDeadline<Stream> {
  add(stream: Stream): void;
  /** It has said so, or is over. */
  remove(stream: Stream): void;
  close(): void;
}

export interface NodeDeadlineOptions<Stream> {
  readonly ms: number;
  readonly now: () => number;
  readonly overdue: (stream: Stream) => void;
}

export function createNodeDeadline<Stream>({ ms, now, overdue }: NodeDeadlineOptions<Stream>): NodeDeadline<Stream> {
  // In the order in which their time is over.
  const waiting = new Map<Stream, number>();
  let timer: NodeJS.Timeout | undefined;

  function arm(waitMs: number): void {
    timer = setTimeout(look, waitMs).unref();
  }

  function look(): void {
    timer = undefined;
    const nowMs = now();
    for (const [stream, endMs] of waiting) {
      if (endMs > nowMs) {
        arm(endMs - nowMs);
        return;
      }
      waiting.delete(stream);
      overdue(stream);
    }
  }

  return {
    add(stream) {
      waiting.set(stream, now() + ms);
      if (timer === undefined) arm(ms);
    },
    // The timer stays: where streams come and go it would be set anew for each.
    remove: (stream) => void waiting.delete(stream),
    close() {
      clearTimeout(timer);
      waiting.clear();
    },
  };
}
