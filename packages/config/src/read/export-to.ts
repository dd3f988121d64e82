import { type ExportTo, type Namespace, parseNamespace } from "@portolan/model";
import type { Field } from "./field.ts";

export const EXPORT_TO_ALL: ExportTo = { all: true, own: false, namespaces: [] };

/** Istio's `exportTo`: `*` all, `.` its own, `~` none, else names of namespaces. Nothing said means all. */
export function readExportTo(field: Field): ExportTo {
  return exportToOf(field.items().map((item) => [item.text(), item]));
}

/** The annotation `networking.istio.io/exportTo` of a Service: the same words with commas between them. */
export function readExportToAnnotation(annotation: Field): ExportTo {
  const text = annotation.text() ?? "";
  const words = text.split(",", 1000).map((word) => word.trim());
  return exportToOf(words.filter((word) => word !== "").map((word) => [word, annotation]));
}

function exportToOf(words: readonly (readonly [string | undefined, Field])[]): ExportTo {
  if (words.length === 0) return EXPORT_TO_ALL;
  let [all, own, none] = [false, false, false];
  const namespaces = new Set<Namespace>();
  for (const [word, field] of words) {
    if (word === "*") all = true;
    else if (word === ".") own = true;
    else if (word === "~") none = true;
    else if (word !== undefined) {
      const namespace = parseNamespace(word);
      if (namespace.ok) namespaces.add(namespace.value);
      else field.wrong(`${namespace.error}, or "*" for all, "." for the object's own, "~" for none`);
    }
  }
  if (none && words.length > 1) words[0]?.[1].wrong(`"~" (nobody) cannot stand beside others: leave it out`);
  return all ? EXPORT_TO_ALL : { all, own, namespaces: [...namespaces].sort() };
}
