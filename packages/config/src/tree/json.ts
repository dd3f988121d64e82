import { broken } from "./convert.ts";
import { type Entry, MAX_DEPTH, type TreeNode } from "./node.ts";

/** A value of JSON, as a tree without places. Own enumerable properties only: `__proto__` from `JSON.parse` is a key like any other. */
export function treeOfJson(value: unknown, depth = 0): TreeNode {
  if (depth > MAX_DEPTH) return broken(0, "PTL1002", `this is nested more than ${MAX_DEPTH} levels deep`);
  if (value === null || value === undefined) return { kind: "scalar", at: 0, value: null };
  if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") {
    return { kind: "scalar", at: 0, value };
  }
  if (Array.isArray(value)) return { kind: "list", at: 0, items: value.map((item) => treeOfJson(item, depth + 1)) };
  if (typeof value !== "object") return broken(0, "PTL1004", "this value is no JSON");
  const entries = new Map<string, Entry>();
  for (const [name, member] of Object.entries(value)) {
    if (member !== undefined) entries.set(name, { at: 0, value: treeOfJson(member, depth + 1) });
  }
  return { kind: "map", at: 0, entries };
}
