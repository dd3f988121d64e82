import { type OpenedStore, openStore } from "../sqlite.ts";
import type { Store } from "../store.ts";
import { reopenStore } from "./reopen.ts";
import { startWriter, type Writer } from "./writer.ts";

export interface AdaptiveOptions {
  /** Commits may hold up this thread for so long in a second; 25 ms. */
  readonly mostMs?: number;
  /** Fewer commits than this in a second may hold it up for ten times as long; 50. */
  readonly leastCommits?: number;
  /** Monotonic milliseconds. */
  readonly now?: () => number;
  /** Starts the thread. */
  readonly start?: typeof startWriter;
}

const WINDOW_MS = 1_000;
const MOST_MS = 25;
const LEAST_COMMITS = 50;
/** A thread that ended is not replaced before this. */
const PAUSE_MS = 10_000;

/**
 * A store in a folder. Commits are made here for as long as they take little; once they hold up this thread, one of their own takes the database over, and they give promises from then on. Where that one ends, what it was asked is refused, and the next commit is made here again. Errors
 * as for `openStore`.
 */
export function openAdaptiveStore(directory: string, options: AdaptiveOptions = {}): Store {
  const { mostMs = MOST_MS, leastCommits = LEAST_COMMITS, now = () => performance.now() } = options;
  // One of the two has the database; neither: it is to be opened again.
  let here: OpenedStore | undefined = openStore(directory);
  let there: Writer | undefined;
  let starting: Writer | undefined;
  let revision = here.revision;
  let windowMs = 0;
  let heldUpMs = 0;
  let commits = 0;
  let notBeforeMs = 0;
  let closed = false;

  function opened(): OpenedStore {
    here ??= reopenStore(directory, (found) => found >= revision);
    return here;
  }

  function weigh(tookMs: number, nowMs: number): void {
    if (nowMs - windowMs > WINDOW_MS) {
      windowMs = nowMs;
      heldUpMs = 0;
      commits = 0;
    }
    heldUpMs += tookMs;
    commits++;
    // Few that each wait for a slow disk hold up as much as many do.
    const isMuch = heldUpMs >= (commits >= leastCommits ? mostMs : 10 * mostMs);
    if (isMuch && nowMs >= notBeforeMs && starting === undefined) start();
  }

  function start(): void {
    const writer = (options.start ?? startWriter)(directory, () => {
      if (there === writer) there = undefined;
      if (starting === writer) starting = undefined;
      notBeforeMs = now() + PAUSE_MS;
    });
    starting = writer;
    writer.ready.then(
      () => handOver(writer),
      () => undefined,
    );
  }

  function handOver(writer: Writer): void {
    if (closed || starting !== writer) return;
    starting = undefined;
    here?.close();
    here = undefined;
    there = writer;
    // Where that fails, so does what is asked behind it.
    writer.ask({ kind: "open", revision }).catch(() => writer.end());
  }

  return {
    load: () => opened().load(),
    commit(change) {
      if (there !== undefined) {
        return there.ask({ kind: "commit", change }).then(() => {
          revision = change.revision;
        });
      }
      const startMs = now();
      opened().commit(change);
      revision = change.revision;
      const nowMs = now();
      weigh(nowMs - startMs, nowMs);
      return undefined;
    },
    copy: () => there?.copy() ?? opened().copy(),
    close() {
      closed = true;
      const threads = [starting, there].filter((writer) => writer !== undefined);
      here?.close();
      if (threads.length === 0) return undefined;
      const asked = there?.ask({ kind: "close" }).catch(() => undefined);
      return (async () => {
        await asked;
        await Promise.all(threads.map((writer) => writer.end()));
      })();
    },
  };
}
