import { compareText } from "../sorted.ts";
import type { ExportTo, Labels } from "./meta.ts";

/** Whether a workload with these labels has every pair of the selector. The empty selector selects everything. */
export function selects(selector: Labels, labels: Labels): boolean {
  for (const [key, value] of selector) if (labels.get(key) !== value) return false;
  return true;
}

/** The pair by which a selector is found again from the labels that it may select. */
export function firstPair(selector: Labels): readonly [string, string] | undefined {
  return [...selector].sort(([a], [b]) => compareText(a, b))[0];
}

/** Whether what is defined in `owner` is exported to `namespace`. */
export function isExportedTo(exportTo: ExportTo, owner: string, namespace: string): boolean {
  return (
    exportTo.all || (exportTo.own && owner === namespace) || exportTo.namespaces.some((name) => name === namespace)
  );
}
