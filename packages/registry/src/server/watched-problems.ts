import type { Problem } from "@portolan/model";
import { formatProblem } from "../errors.ts";
import { problemsOf } from "../revision/problems.ts";
import type { RegistryState } from "../revision/state.ts";
import { events } from "./channels.ts";

/** The list of problems, and an event for each that comes or goes. */
export function watchProblems() {
  let of: RegistryState | undefined;
  let list: readonly Problem[] = [];
  let known = new Map<string, Problem>();

  function follow(state: RegistryState): readonly Problem[] {
    if (of !== undefined && sameSources(of, state)) return list;
    of = state;
    list = problemsOf(state);
    const now = new Map(list.map((problem) => [formatProblem(problem), problem]));
    for (const [text, problem] of now) if (!known.has(text)) events.problem({ problem });
    for (const [text, problem] of known) if (!now.has(text)) events.recovered({ problem });
    known = now;
    return list;
  }
  return { follow };
}

/** Whether nothing changed that problems come from. */
function sameSources(a: RegistryState, b: RegistryState): boolean {
  if (a.failures !== b.failures || a.snapshot.problems !== b.snapshot.problems) return false;
  const few = [a, b].every((state) => state.contested.size + state.held.size + state.vips.waiting.size === 0);
  return few && (a.claims === b.claims || b.snapshot.problems.size === 0);
}
