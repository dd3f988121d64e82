import { readFile } from "node:fs/promises";

/** What a V8 profile says, as far as it is read here (DevTools protocol, `Profiler.Profile`). */
interface Profile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
    readonly children?: readonly number[];
  }[];
  /** Microseconds of the monotonic clock. */
  readonly startTime: number;
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

export interface ProfileRow {
  readonly name: string;
  /** Of the time in which something ran. */
  readonly share: number;
}

export interface ProfileSummary {
  /** Time in which something ran, in ms. */
  readonly busyMs: number;
  /** Self time by function. */
  readonly self: readonly ProfileRow[];
  /** Time by function with all that it calls. */
  readonly total: readonly ProfileRow[];
  /** Self time by folder or package. */
  readonly parts: readonly ProfileRow[];
}

/** Between two moments of the monotonic clock, in microseconds. */
export async function summarise(file: string, fromUs: number, toUs: number): Promise<ProfileSummary> {
  const profile: Profile = JSON.parse(await readFile(file, "utf8"));
  const parents = new Map<number, number>();
  for (const { id, children } of profile.nodes) for (const child of children ?? []) parents.set(child, id);
  const names = new Map(profile.nodes.map(({ id, callFrame }) => [id, nameOf(callFrame)]));
  const self = new Map<string, number>();
  const total = new Map<string, number>();
  const parts = new Map<string, number>();
  const partOf = new Map(profile.nodes.map(({ id, callFrame }) => [id, partNamed(callFrame)]));
  let busy = 0;
  let atUs = profile.startTime;
  for (const [index, id] of profile.samples.entries()) {
    const deltaUs = profile.timeDeltas[index] ?? 0;
    atUs += deltaUs;
    const name = names.get(id) ?? "";
    if (atUs < fromUs || atUs > toUs || name === "(idle)") continue;
    busy += deltaUs;
    add(self, name, deltaUs);
    add(parts, partOf.get(id) ?? "", deltaUs);
    const seen = new Set<string>();
    for (let at: number | undefined = id; at !== undefined; at = parents.get(at)) {
      const caller = names.get(at) ?? "";
      if (seen.has(caller)) continue;
      seen.add(caller);
      add(total, caller, deltaUs);
    }
  }
  const rows = (times: ReadonlyMap<string, number>) =>
    [...times].map(([name, us]) => ({ name, share: us / busy })).sort((a, b) => b.share - a.share);
  return { busyMs: busy / 1000, self: rows(self), total: rows(total), parts: rows(parts) };
}

function add(times: Map<string, number>, name: string, us: number): void {
  times.set(name, (times.get(name) ?? 0) + us);
}

function nameOf({ functionName, url, lineNumber }: Profile["nodes"][number]["callFrame"]): string {
  if (url === "") return functionName || "(native)";
  const file = url.startsWith("node:") ? url : url.split("/").slice(-2).join("/");
  return `${functionName || "(anonymous)"} ${file}:${lineNumber + 1}`;
}

function partNamed({ functionName, url }: Profile["nodes"][number]["callFrame"]): string {
  if (url === "") return functionName.startsWith("(") ? functionName : "(native)";
  const dependency = /node_modules\/((?:@[^/]+\/)?[^/]+)\/(?!.*node_modules)/.exec(url)?.[1];
  if (dependency !== undefined) return dependency;
  if (url.startsWith("node:")) return url.replace(/^(node:internal\/[^/]+)\/.*$/, "$1");
  return /packages\/(.+)\/[^/]+$/.exec(url)?.[1] ?? url;
}
