import { createImmutableMap, type ImmutableMap, type ObjectKey, type Origin, type Problem } from "@portolan/model";
import type { Settle, SourceEvent } from "../../source.ts";
import { emptyContent, type FileContent, type HeldObject, saidTwice } from "./document.ts";

/** What a set of files says together. */
export interface FilesState {
  readonly files: ReadonlyMap<string, FileContent>;
  /** Paths of the files that describe an object, sorted: the first one owns it. */
  readonly describedIn: ImmutableMap<ObjectKey, readonly string[]>;
  /** What was said to be wrong, by path. */
  readonly failures: ReadonlyMap<string, readonly Problem[]>;
  /** Files and folders that are there and cannot be read. */
  readonly unreadable: ReadonlyMap<string, Problem>;
}

/** What one settle found of a file. */
export type FileChange =
  | { readonly kind: "content"; readonly path: string; readonly content: FileContent }
  | { readonly kind: "gone"; readonly path: string }
  | { readonly kind: "unreadable"; readonly path: string; readonly reason: string };

export const noFiles: FilesState = {
  files: new Map(),
  describedIn: createImmutableMap(),
  failures: new Map(),
  unreadable: new Map(),
};

export function applyFiles(
  before: FilesState,
  changes: readonly FileChange[],
  source: string,
): { readonly state: FilesState; readonly settle: Settle } {
  const files = new Map(before.files);
  const described = new Map<ObjectKey, readonly string[]>();
  const failures = new Map(before.failures);
  const touched = new Set<ObjectKey>();
  const unreadable = new Map(before.unreadable);
  for (const change of changes) {
    const was = files.get(change.path) ?? emptyContent;
    if (change.kind === "unreadable") {
      unreadable.set(change.path, cannotRead(change.path, change.reason, source));
      continue;
    }
    unreadable.delete(change.path);
    const is = change.kind === "content" ? change.content : emptyContent;
    if (change.kind === "content") files.set(change.path, is);
    else files.delete(change.path);
    for (const key of [...was.objects.keys(), ...is.objects.keys()]) {
      touched.add(key);
      const others = (described.get(key) ?? before.describedIn.get(key) ?? []).filter((path) => path !== change.path);
      described.set(key, is.objects.has(key) ? [...others, change.path].sort() : others);
    }
  }
  const describedIn = before.describedIn.edit(
    Array.from(described, ([key, paths]) => [key, paths.length > 0 ? paths : undefined] as const),
  );
  const state = { files, describedIn, failures, unreadable };
  const settle: SourceEvent[] = [];
  for (const key of touched) settle.push(...difference(key, heldBy(before, key), heldBy(state, key)));

  const affected = new Set(changes.map(({ path }) => path));
  for (const key of touched) for (const path of describedIn.get(key) ?? []) affected.add(path);
  for (const path of affected) {
    const problems = problemsOf(state, path);
    if (sameProblems(failures.get(path) ?? [], problems)) continue;
    if (problems.length === 0) failures.delete(path);
    else failures.set(path, problems);
    settle.push({ kind: "failed", place: path, problems });
  }
  return { state, settle };
}

function heldBy(state: FilesState, key: ObjectKey): HeldObject | undefined {
  const [owner] = state.describedIn.get(key) ?? [];
  return owner === undefined ? undefined : state.files.get(owner)?.objects.get(key);
}

function difference(key: ObjectKey, was: HeldObject | undefined, is: HeldObject | undefined): SourceEvent[] {
  if (is === undefined) return was === undefined ? [] : [{ kind: "removed", key }];
  if (is.object !== was?.object) return [{ kind: "upserted", object: is.placed, manifest: is.manifest }];
  const { origin } = is.placed.meta;
  return samePlace(origin, was.placed.meta.origin) ? [] : [{ kind: "moved", key, origin }];
}

function samePlace(a: Origin, b: Origin): boolean {
  return a.file === b.file && a.position?.line === b.position?.line && a.position?.column === b.position?.column;
}

function problemsOf(state: FilesState, path: string): readonly Problem[] {
  const content = state.files.get(path);
  const unreadable = state.unreadable.get(path);
  const problems = unreadable === undefined ? [] : [unreadable];
  if (content === undefined) return problems;
  problems.push(...content.problems);
  for (const [key, held] of content.objects) {
    const [owner = path] = state.describedIn.get(key) ?? [];
    const owned = owner === path ? undefined : state.files.get(owner)?.objects.get(key);
    if (owned !== undefined) problems.push(saidTwice(key, owned.placed.meta.origin, held.placed.meta.origin));
  }
  return problems;
}

function sameProblems(a: readonly Problem[], b: readonly Problem[]): boolean {
  return a.length === b.length && a.every((problem, at) => sameProblem(problem, b[at]));
}

function sameProblem(a: Problem, b: Problem | undefined): boolean {
  if (a === b) return true;
  return b !== undefined && a.code === b.code && a.message === b.message && samePlace(a.origin, b.origin);
}

/** PTL1404: a file or folder is there and cannot be read. */
function cannotRead(path: string, reason: string, source: string): Problem {
  const message = `cannot be read: ${reason}; what it said before stays`;
  return { code: "PTL1404", severity: "error", origin: { source, file: path }, message };
}
