import type { ObjectKey, Origin, Position, Problem } from "@portolan/model";
import { type Claim, ownershipProblems } from "../merge/merge.ts";
import { vipProblems } from "../vip/problems.ts";
import type { RegistryState } from "./state.ts";

/** Everything that is wrong, by file and line. */
export function problemsOf(state: RegistryState): readonly Problem[] {
  const keys = new Set([...state.contested, ...state.held.keys(), ...state.snapshot.problems.keys()]);
  const problems = [
    ...[...state.failures.values()].flat(),
    ...[...keys].flatMap((key) => objectProblems(state, key)),
    ...vipProblems(state.vips, state.snapshot),
  ];
  return problems.sort(byPlace);
}

/** What came to be wrong and what is well again between two states; `changed` are the objects of which the mesh says something else. */
export function problemChanges(
  before: RegistryState,
  after: RegistryState,
  changed: Iterable<ObjectKey>,
): { readonly came: readonly Problem[]; readonly went: readonly Problem[] } {
  const keys = new Set(changed);
  for (const { contested, held } of [before, after]) for (const key of [...contested, ...held.keys()]) keys.add(key);
  const list = (state: RegistryState, other: RegistryState) => [
    ...[...state.failures].flatMap(([at, problems]) => (other.failures.get(at) === problems ? [] : problems)),
    ...[...keys].flatMap((key) => objectProblems(state, key)),
    ...vipProblems(state.vips, state.snapshot),
  ];
  const was = byText(list(before, after));
  const is = byText(list(after, before));
  const missing = (from: ReadonlyMap<string, Problem>, there: ReadonlyMap<string, Problem>) =>
    [...from].flatMap(([text, problem]) => (there.has(text) ? [] : [problem]));
  return { came: missing(is, was), went: missing(was, is) };
}

/** Lines come and go above an object without anything being wrong or well again. */
function byText(problems: readonly Problem[]): ReadonlyMap<string, Problem> {
  return new Map(
    problems.map((problem) => {
      const { code, object, path, message, origin } = problem;
      return [JSON.stringify([code, object, path, message, origin.source, origin.file]), problem];
    }),
  );
}

/** What the mesh, and ownership, have against one object. */
export function objectProblems(state: RegistryState, key: ObjectKey): readonly Problem[] {
  const claims = state.claims.get(key) ?? [];
  // What the mesh says of the last good version is not about the text that stands there now.
  const found = state.held.get(key) ?? state.snapshot.problems.get(key) ?? [];
  return [...ownershipProblems(key, claims), ...found.map((problem) => whereItStands(problem, key, claims[0]))];
}

/** The object's lines may have moved since it was decoded. */
function whereItStands(problem: Problem, key: ObjectKey, owner: Claim | undefined): Problem {
  if (owner === undefined || (problem.object !== undefined && problem.object !== key)) return problem;
  const was = owner.object.meta.origin;
  const by = lineOf(owner.origin) - lineOf(was);
  const { position } = problem.origin;
  if (by === 0 || position === undefined || problem.origin.file !== was.file) return problem;
  return { ...problem, origin: { ...problem.origin, position: { ...position, line: position.line + by } } };
}

function lineOf(origin: Origin): number {
  return origin.position?.line ?? 0;
}

function byPlace(a: Problem, b: Problem): number {
  return (
    compare(a.origin.file ?? a.origin.source, b.origin.file ?? b.origin.source) ||
    comparePositions(a.origin.position, b.origin.position) ||
    compare(a.object ?? "", b.object ?? "") ||
    compare(a.code, b.code) ||
    compare(a.message, b.message)
  );
}

function comparePositions(a: Position | undefined, b: Position | undefined): number {
  return (a?.line ?? 0) - (b?.line ?? 0) || (a?.column ?? 0) - (b?.column ?? 0);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
