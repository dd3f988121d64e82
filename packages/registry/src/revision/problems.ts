import type { ObjectKey, Origin, Position, Problem } from "@portolan/model";
import type { Claim } from "../merge/merge.ts";
import { ownershipProblems } from "../merge/merge.ts";
import { vipProblems } from "../vip/problems.ts";
import type { RegistryState } from "./state.ts";

/** Everything that is wrong, by file and line. */
export function problemsOf(state: RegistryState): readonly Problem[] {
  const problems: Problem[] = [...state.failures.values()].flat();
  for (const key of state.contested) problems.push(...ownershipProblems(key, state.claims.get(key) ?? []));
  for (const [key, ofMesh] of state.snapshot.problems) {
    // What the mesh says of the last good version is not about the text that stands there now.
    const found = state.held.has(key) ? [] : ofMesh;
    const owner = state.claims.get(key)?.[0];
    problems.push(...found.map((problem) => whereItStands(problem, key, owner)));
  }
  for (const [key, found] of state.held) {
    const owner = state.claims.get(key)?.[0];
    problems.push(...found.map((problem) => whereItStands(problem, key, owner)));
  }
  problems.push(...vipProblems(state.vips, state.snapshot));
  return problems.sort(byPlace);
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
