import { normalize } from "node:path";
import { RegistryError } from "../../errors.ts";
import { type FileReading, nothingTaken, observe, type SettleOptions, type SettleState, take } from "./settle.ts";
import { kindOf, readFileAt, type Walk, walkAgain, walk as walkAll } from "./tree/client.ts";
import { watchFolders } from "./watch/client.ts";

export interface FileClientOptions extends SettleOptions {
  /** Folders and files. */
  readonly paths: readonly string[];
  /** Everything is looked at that often even where nothing was noticed: notices get lost on network file systems. */
  readonly rescanMs: number;
  /** The same while some folder cannot be watched. */
  readonly unwatchedRescanMs: number;
}

/** Watches files and gives their content, settle by settle. */
export interface FileClient {
  /** The first item is everything that there is, even if that is nothing. Ends after `close`. */
  settles(): AsyncIterable<readonly FileReading[]>;
  close(): void;
}

const READS_AT_ONCE = 16;

/** Throws `source-not-found` where a path does not exist. */
export async function openFiles(options: FileClientOptions): Promise<FileClient> {
  const roots = new Map<string, "file" | "folder">();
  for (const path of options.paths.map((given) => normalize(given).replace(/(.)\/+$/, "$1"))) {
    const kind = await kindOf(path);
    if (kind === undefined) throw new RegistryError("source-not-found", `there is no file or folder ${path}`);
    roots.set(path, kind);
  }
  const alarm = createAlarm();
  /** What was noticed since the last look; undefined: anything may have changed. */
  let noticed: Set<string> | undefined;
  const watcher = watchFolders((path) => {
    if (path === undefined) noticed = undefined;
    else noticed?.add(path);
    alarm.ring();
  });
  let walked: { readonly walk: Walk; readonly atMs: number } | undefined;

  function rescanAtMs(): number {
    const everyMs = watcher.unwatched.size > 0 ? options.unwatchedRescanMs : options.rescanMs;
    return walked === undefined ? 0 : walked.atMs + everyMs;
  }

  /** Only what was noticed and what has not come to rest, where that is enough. */
  async function look(state: SettleState): Promise<Walk> {
    const paths = noticed === undefined ? undefined : new Set([...noticed, ...state.unsettled.keys()]);
    noticed = new Set();
    if (walked !== undefined && paths !== undefined && performance.now() < rescanAtMs()) {
      const walk = await walkAgain(walked.walk, paths, Date.now);
      if (walk !== undefined) {
        walked = { walk, atMs: walked.atMs };
        return walk;
      }
    }
    const walk = await walkAll(roots, Date.now);
    walked = { walk, atMs: performance.now() };
    // Something may have changed in a folder before it was armed. Nobody lets go of what is armed after `close`.
    if (!alarm.closed && watcher.set(walk.folders)) {
      noticed = undefined;
      alarm.ring();
    }
    return walk;
  }

  /** One look: what is to be applied, and when to look again. */
  async function step(state: SettleState): Promise<Step> {
    const seen = await look(state);
    const observed = observe(state, seen.listing, performance.now(), options);
    const read = await readAll(observed.rested, seen);
    const taken = take(observed.state, read, performance.now(), options);
    if (read.length < observed.rested.length) alarm.ring();
    const wakeAtMs = Math.min(
      observed.wakeAtMs ?? Number.POSITIVE_INFINITY,
      taken.wakeAtMs ?? Number.POSITIVE_INFINITY,
    );
    return { ...taken, wakeAtMs, waits: taken.state.unsettled.size > 0 };
  }

  /** The folders could not be looked at this time (say, there are no file descriptors left): everything stays. */
  function stepLater(state: SettleState): Step {
    noticed = undefined;
    return { state, readings: [], wakeAtMs: performance.now() + options.unwatchedRescanMs, waits: true };
  }

  async function* settles(): AsyncGenerator<readonly FileReading[]> {
    let state = nothingTaken;
    let first: FileReading[] | undefined = [];
    const openedMs = performance.now();
    while (!alarm.closed) {
      const begunMs = performance.now();
      const { state: next, readings, wakeAtMs, waits } = await step(state).catch(() => stepLater(state));
      state = next;
      if (first === undefined) {
        if (readings.length > 0) yield readings;
      } else {
        first.push(...readings);
        if (!waits || performance.now() - openedMs > options.maxSettleMs + options.graceMs) {
          yield first;
          first = undefined;
        }
      }
      await alarm.wait(begunMs + options.settleMs, Math.min(wakeAtMs, rescanAtMs()));
    }
  }

  return {
    settles,
    close() {
      watcher.close();
      alarm.close();
    },
  };
}

interface Step {
  readonly state: SettleState;
  readonly readings: readonly FileReading[];
  readonly wakeAtMs: number;
  /** Some files have not come to rest. */
  readonly waits: boolean;
}

async function readAll(paths: readonly string[], seen: Walk): Promise<FileReading[]> {
  const readings: FileReading[] = [];
  for (let at = 0; at < paths.length; at += READS_AT_ONCE) {
    const some = paths.slice(at, at + READS_AT_ONCE).map((path) => readFileAt(path, seen.listing.get(path)));
    for (const reading of await Promise.all(some)) if (reading !== undefined) readings.push(reading);
  }
  return readings;
}

/** Waits for a notice or a moment, whichever comes first. */
function createAlarm() {
  let rung = false;
  let closed = false;
  let wake: (() => void) | undefined;
  const ring = () => {
    rung = true;
    wake?.();
  };
  const sleepUntil = async (atMs: number) => {
    const ms = atMs - performance.now();
    if (ms <= 0 || closed) return;
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      wake = resolve;
      timer = setTimeout(resolve, Math.min(ms, 2 ** 31 - 1));
    });
    clearTimeout(timer);
    wake = undefined;
  };
  return {
    ring,
    get closed() {
      return closed;
    },
    /** Until rung, but not before `earliestMs` (a storm of notices is looked at once); until `latestMs` at the latest. */
    async wait(earliestMs: number, latestMs: number): Promise<void> {
      if (!rung) await sleepUntil(latestMs);
      const wasRung = rung;
      while (wasRung && !closed && performance.now() < earliestMs) await sleepUntil(earliestMs);
      rung = false;
    },
    close() {
      closed = true;
      wake?.();
    },
  };
}
