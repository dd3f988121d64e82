import type { MeshObject, Namespace, Problem } from "@portolan/model";
import { formatOrigin } from "@portolan/model";
import { type DecodedDocument, decodeDocument, splitDocuments } from "../index.ts";

export const context = { source: "files", file: "mesh/a.yaml", namespace: "shop" as Namespace };

/** Every document of a text, decoded. */
export function decodeAll(text: string, file = context.file): readonly DecodedDocument[] {
  return splitDocuments(text).map((slice) => decodeDocument(slice, { ...context, file }));
}

/** The only document of a text. */
export function decodeOne(text: string): DecodedDocument {
  const [document, ...more] = decodeAll(text);
  if (document === undefined || more.length > 0) throw new Error(`${more.length} more documents`);
  return document;
}

/** The only object of a text, which must have no problem. */
export function objectOf<Kind extends MeshObject["kind"]>(
  kind: Kind,
  text: string,
): Extract<MeshObject, { kind: Kind }> {
  const { objects, problems } = decodeOne(text);
  const [object] = objects;
  if (object?.kind !== kind || problems.length > 0) throw new Error(problems.map(line).join("\n"));
  return object as Extract<MeshObject, { kind: Kind }>;
}

/** A problem as a user sees it. */
export function line(problem: Problem): string {
  const path = problem.path === undefined ? "" : ` ${problem.path}`;
  return `${formatOrigin(problem.origin)}${path}: ${problem.severity} [${problem.code}] ${problem.message}`;
}

/** All problems of a text, one a line, the file's name left out. */
export function problemsOf(text: string): readonly string[] {
  return decodeAll(text, "f").flatMap((document) => document.problems.map((problem) => line(problem).slice(2)));
}
