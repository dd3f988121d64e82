import type { Merged } from "../merge/merge.ts";
import type { RegistryState } from "./state.ts";

export function followClaims(before: RegistryState, { claims }: Merged): Pick<RegistryState, "claims" | "contested"> {
  const contested = new Set(before.contested);
  for (const [key, claimants] of claims) {
    if (claimants.length > 1) contested.add(key);
    else contested.delete(key);
  }
  const edits = Array.from(claims, ([key, list]) => [key, list.length > 0 ? list : undefined] as const);
  return { claims: before.claims.edit(edits), contested };
}

export function followFailures(before: RegistryState["failures"], merged: Merged): RegistryState["failures"] {
  if (merged.failures.length === 0) return before;
  const failures = new Map(before);
  for (const { source, place, problems } of merged.failures) {
    const at = `${source}\n${place}`;
    if (problems.length > 0) failures.set(at, problems);
    else failures.delete(at);
  }
  return failures;
}
