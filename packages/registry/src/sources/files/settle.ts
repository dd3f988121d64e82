/**
 * When a file that changes has come to rest, so that no half-written content is applied. A file counts as written when it was left alone for
 * `settleMs`; where its content looks cut off (see {@link looksCutOff}), for `graceMs`. Files that change together are taken
 * together, unless one of them does not come to rest within `maxSettleMs`.
 */
export interface SettleOptions {
  readonly settleMs: number;
  readonly graceMs: number;
  readonly maxSettleMs: number;
}

/** A file as the folder shows it. */
export interface Sighting {
  /** Differs whenever the content may differ. */
  readonly stamp: string;
  /** Differs where another file took the name (rename), the same where this one was written to. */
  readonly inode: string;
  readonly size: number;
  /** How long ago it was written to or renamed, by its own time. */
  readonly ageMs: number;
  /** Why it cannot be read; absent where it may be tried. */
  readonly unreadable?: string;
}

/** The files that there are, by path. */
export type Listing = ReadonlyMap<string, Sighting>;

export type FileReading =
  | { readonly kind: "text"; readonly path: string; readonly text: string }
  | { readonly kind: "gone"; readonly path: string }
  /** It is there, and its content cannot be told: what was read before stays. */
  | { readonly kind: "unreadable"; readonly path: string; readonly reason: string };

interface Unsettled {
  /** Undefined: it is gone. */
  readonly sighting: Sighting | undefined;
  readonly firstMs: number;
  readonly sinceMs: number;
  /** Every change since `firstMs` put another file in its place: each of them is complete. */
  readonly replaced: boolean;
}

export interface SettleState {
  /** As they were when they were last read. */
  readonly taken: Listing;
  readonly unsettled: ReadonlyMap<string, Unsettled>;
  /** When the files were last looked at; what differs now changed after that. */
  readonly lookedMs: number;
}

export interface Observed {
  readonly state: SettleState;
  /** Paths that came to rest: to be read, and then {@link take}n. Empty while others are still being written. */
  readonly rested: readonly string[];
  readonly wakeAtMs: number | undefined;
}

export const nothingTaken: SettleState = {
  taken: new Map(),
  unsettled: new Map(),
  lookedMs: Number.NEGATIVE_INFINITY,
};

export function observe(state: SettleState, listing: Listing, nowMs: number, options: SettleOptions): Observed {
  const unsettled = new Map<string, Unsettled>();
  const closed = [...listing].filter(([, sighting]) => sighting.unreadable !== undefined).map(([path]) => path);
  for (const path of new Set([...listing.keys(), ...state.taken.keys()])) {
    const sighting = listing.get(path);
    const taken = state.taken.get(path);
    if (sighting?.stamp === taken?.stamp) continue;
    if (sighting === undefined && closed.some((folder) => isBelow(path, folder))) continue;
    const changedMs = changedAt(sighting, state.lookedMs, nowMs);
    unsettled.set(path, follow(state.unsettled.get(path), sighting, taken, nowMs, changedMs));
  }
  const next = { taken: state.taken, unsettled, lookedMs: nowMs };
  if (unsettled.size === 0) return { state: next, rested: [], wakeAtMs: undefined };
  const first = [...unsettled.values()].reduce((least, { firstMs }) => Math.min(least, firstMs), nowMs);
  const late = nowMs - first >= options.maxSettleMs;
  const rested: string[] = [];
  let wakeAtMs = Number.POSITIVE_INFINITY;
  for (const [path, file] of unsettled) {
    const restsAtMs = file.sinceMs + options.settleMs;
    if (restsAtMs <= nowMs || (late && file.replaced)) rested.push(path);
    else wakeAtMs = Math.min(wakeAtMs, restsAtMs);
  }
  if (rested.length < unsettled.size && !late) {
    return { state: next, rested: [], wakeAtMs: Math.min(wakeAtMs, first + options.maxSettleMs) };
  }
  return { state: next, rested, wakeAtMs: Number.isFinite(wakeAtMs) ? wakeAtMs : undefined };
}

/** What lies in a folder that cannot be listed is not gone. */
function isBelow(path: string, folder: string): boolean {
  if (folder === ".") return !/^(?:\.\.(?:[/\\]|$)|[/\\]|[A-Za-z]:)/.test(path);
  return path.startsWith(folder) && (path[folder.length] === "/" || path[folder.length] === "\\" || folder === "/");
}

/** By the file's own time, as far as it can be true: the clocks of files and of this process are not one. */
function changedAt(sighting: Sighting | undefined, lookedMs: number, nowMs: number): number {
  if (sighting === undefined) return nowMs;
  return Math.max(lookedMs, nowMs - Math.max(0, sighting.ageMs));
}

function follow(
  before: Unsettled | undefined,
  sighting: Sighting | undefined,
  taken: Sighting | undefined,
  nowMs: number,
  changedMs: number,
): Unsettled {
  if (before === undefined) {
    const replaced = sighting !== undefined && taken !== undefined && sighting.inode !== taken.inode;
    return { sighting, firstMs: nowMs, sinceMs: changedMs, replaced };
  }
  if (before.sighting?.stamp === sighting?.stamp) return before;
  const replaced = before.replaced && sighting !== undefined && before.sighting?.inode !== sighting.inode;
  return { sighting, firstMs: before.firstMs, sinceMs: changedMs, replaced };
}

export interface Taken {
  readonly state: SettleState;
  /** To be applied, all at once. */
  readonly readings: readonly FileReading[];
  readonly wakeAtMs: number | undefined;
}

/** Takes what was read of the files that came to rest; what looks cut off waits a little longer, and the others with it. */
export function take(state: SettleState, read: readonly FileReading[], nowMs: number, options: SettleOptions): Taken {
  const doubtful = new Set<string>();
  let wakeAtMs = Number.POSITIVE_INFINITY;
  let late = false;
  for (const reading of read) {
    const file = state.unsettled.get(reading.path);
    if (file === undefined || reading.kind !== "text" || file.sighting === undefined) continue;
    if (!looksCutOff(reading.text, file.sighting, state.taken.get(reading.path))) continue;
    const sureInMs = options.graceMs - (nowMs - file.sinceMs);
    if (sureInMs <= 0) continue;
    doubtful.add(reading.path);
    const lateAtMs = file.firstMs + options.maxSettleMs;
    late ||= nowMs >= lateAtMs;
    wakeAtMs = Math.min(wakeAtMs, nowMs + sureInMs, nowMs >= lateAtMs ? Number.POSITIVE_INFINITY : lateAtMs);
  }
  if (doubtful.size > 0 && !late) return { state, readings: [], wakeAtMs };
  const taken = new Map(state.taken);
  const unsettled = new Map(state.unsettled);
  const readings = read.filter(({ path }) => !doubtful.has(path));
  for (const { kind, path } of readings) {
    const sighting = unsettled.get(path)?.sighting;
    unsettled.delete(path);
    if (kind === "gone" || sighting === undefined) taken.delete(path);
    // What could not be read, although it looked as if it could, is tried at every look.
    else if (kind === "unreadable" && sighting.unreadable === undefined) taken.set(path, { ...sighting, stamp: "" });
    else taken.set(path, sighting);
  }
  return {
    state: { ...state, taken, unsettled },
    readings,
    wakeAtMs: Number.isFinite(wakeAtMs) ? wakeAtMs : undefined,
  };
}

/** Empty, without an end of line, or shorter than it was although it is the same file: perhaps the rest is still to be written. */
function looksCutOff(text: string, sighting: Sighting, taken: Sighting | undefined): boolean {
  if (text === "" || !text.endsWith("\n")) return true;
  return taken !== undefined && taken.inode === sighting.inode && sighting.size < taken.size;
}
