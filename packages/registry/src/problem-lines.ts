import { formatOrigin, type Problem } from "@portolan/model";
import { RegistryError } from "./errors.ts";

/** One line a problem: `mesh.yaml:6:13 spec.ports.0.number: ...`. */
export function formatProblem(problem: Problem): string {
  const path = problem.path === undefined ? "" : ` ${problem.path}`;
  return `${formatOrigin(problem.origin)}${path}: ${problem.message} [${problem.code}]`;
}

export function linesOf(problems: readonly Problem[]): string {
  return problems.map(formatProblem).join("\n");
}

export function badObjects(problems: readonly Problem[]): RegistryError {
  return new RegistryError("bad-objects", linesOf(problems), problems);
}
