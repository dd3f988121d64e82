import { decodeDocument, splitDocuments } from "@portolan/config";
import { keyOf, type Namespace, type ObjectKey, type Problem } from "@portolan/model";
import { formatProblem } from "@portolan/registry";
import { SdkError } from "../error.ts";

export interface NamedIn {
  /** Of objects that name none. */
  readonly namespace: Namespace;
  readonly file?: string;
}

/**
 * The objects that YAML names, bad ones included: deleting needs no valid spec.
 *
 * @throws SdkError `bad-data` where a document does not tell which object it means
 */
export function namedObjects(text: string, { namespace, file }: NamedIn): readonly ObjectKey[] {
  const keys = new Set<ObjectKey>();
  const unclear: Problem[] = [];
  for (const slice of splitDocuments(text)) {
    const decoded = decodeDocument(slice, { source: "api", namespace, ...(file === undefined ? {} : { file }) });
    const named = [...decoded.objects.map(keyOf), ...decoded.rejected];
    for (const key of named) keys.add(key);
    if (named.length === 0) unclear.push(...decoded.problems.filter(({ severity }) => severity === "error"));
  }
  if (unclear.length > 0) throw new SdkError("bad-data", unclear.map(formatProblem).join("\n"));
  if (keys.size === 0)
    throw new SdkError("bad-data", "the request names no object: send the YAML of what is to be deleted");
  return [...keys];
}
