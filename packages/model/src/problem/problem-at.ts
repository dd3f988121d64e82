import { keyOf, type MeshObject } from "../object/object.ts";
import type { Origin } from "../origin.ts";
import type { Problem, Severity } from "../problem.ts";
import type { ModelProblemCode } from "./problem-codes.ts";

/** A problem with one field of an object, at the nearest place that is known. */
export function problemAt(
  object: MeshObject,
  path: string | undefined,
  code: ModelProblemCode,
  severity: Severity,
  message: string,
): Problem {
  return {
    code,
    severity,
    origin: path === undefined ? object.meta.origin : originAt(object, path),
    object: keyOf(object),
    ...(path === undefined ? {} : { path }),
    message,
  };
}

/** The place of a field, else of what holds it, else of the object. */
export function originAt(object: MeshObject, path: string): Origin {
  const { origin, positions } = object.meta;
  for (let at = path; at !== ""; at = at.slice(0, Math.max(0, at.lastIndexOf(".")))) {
    const position = positions.get(at);
    if (position !== undefined) return { ...origin, position };
  }
  return origin;
}
