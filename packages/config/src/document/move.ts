import type { MeshObject, Position, Problem } from "@portolan/model";
import type { DecodedDocument } from "./decoded.ts";

/**
 * The same document at another line of its file, for callers that keep decoded documents by their text: the key of such a cache is the
 * text, the file and the namespace of the context. Costs a copy of the positions; gives `decoded` itself where it did not move.
 */
export function moveDocument(decoded: DecodedDocument, line: number): DecodedDocument {
  const by = line - decoded.line;
  if (by === 0) return decoded;
  return {
    ...decoded,
    objects: decoded.objects.map((object) => movedObject(object, by)),
    problems: decoded.problems.map((problem): Problem => ({ ...problem, origin: movedOrigin(problem.origin, by) })),
    line,
  };
}

function movedObject(object: MeshObject, by: number): MeshObject {
  const { meta } = object;
  const positions = new Map<string, Position>();
  for (const [path, position] of meta.positions) positions.set(path, moved(position, by));
  return { ...object, meta: { ...meta, origin: movedOrigin(meta.origin, by), positions } };
}

function movedOrigin(origin: Problem["origin"], by: number): Problem["origin"] {
  return origin.position === undefined ? origin : { ...origin, position: moved(origin.position, by) };
}

function moved(position: Position, by: number): Position {
  return { line: position.line + by, column: position.column };
}
