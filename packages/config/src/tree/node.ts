import type { ProblemCode } from "../problem-codes.ts";

/**
 * A document as decoders see it, the same for YAML and JSON. Names from outside are keys of Maps, never property names. `at` is an
 * offset into the text, 0 for JSON.
 */
export type TreeNode = MapNode | ListNode | ScalarNode | BrokenNode;

export interface MapNode {
  readonly kind: "map";
  readonly at: number;
  readonly entries: ReadonlyMap<string, Entry>;
}

export interface Entry {
  /** Where the key stands. */
  readonly at: number;
  readonly value: TreeNode;
}

export interface ListNode {
  readonly kind: "list";
  readonly at: number;
  readonly items: readonly TreeNode[];
}

export interface ScalarNode {
  readonly kind: "scalar";
  readonly at: number;
  readonly value: string | number | boolean | null;
  /** A number as it was written. */
  readonly source?: string | undefined;
  /** A block scalar (`|`) whose lines are lines of the file. */
  readonly literal?: boolean;
}

/** What could not be read, at its place: who asks for it gets the problem, and nobody else is touched by it. */
export interface BrokenNode {
  readonly kind: "broken";
  readonly at: number;
  readonly code: ProblemCode;
  readonly message: string;
}

/** The first broken node of a value that nobody will read. */
export function firstBroken(node: TreeNode): BrokenNode | undefined {
  if (node.kind === "broken") return node;
  const members =
    node.kind === "map"
      ? [...node.entries.values()].map((entry) => entry.value)
      : node.kind === "list"
        ? node.items
        : [];
  for (const member of members) {
    const found = firstBroken(member);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Deeper nesting than this has no meaning in any kind. */
export const MAX_DEPTH = 64;
