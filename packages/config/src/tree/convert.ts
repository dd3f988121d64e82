import { printable } from "@portolan/model";
import { isAlias, isMap, isScalar, isSeq, type Node, type Pair, type Scalar, type YAMLMap } from "yaml";
import type { ProblemCode } from "../problem-codes.ts";
import { type BrokenNode, type Entry, MAX_DEPTH, type TreeNode } from "./node.ts";

/** How many nodes aliases may add to a document. */
const MAX_ALIASED = 1000;

const CORE_TAGS: ReadonlySet<string> = new Set(
  ["str", "int", "float", "bool", "null", "map", "seq"].map((name) => `tag:yaml.org,2002:${name}`),
);

interface Anchored {
  readonly node: TreeNode;
  /** Nodes that it holds, aliases expanded. */
  readonly size: number;
}

/**
 * Turns the library's nodes into a tree. What no decoder should see becomes a `BrokenNode`; where aliases add more than their budget,
 * `fault` says so and the tree is not to be used.
 */
export function convert(contents: unknown): {
  readonly root: TreeNode | undefined;
  readonly fault: BrokenNode | undefined;
} {
  if (contents === null || contents === undefined) return { root: undefined, fault: undefined };
  const conversion = new Conversion();
  const root = conversion.node(contents, 0, 0);
  return { root, fault: conversion.fault };
}

class Conversion {
  fault: BrokenNode | undefined;
  readonly #anchors = new Map<string, Anchored | "open">();
  #count = 0;
  #aliased = 0;

  node(source: unknown, fallback: number, depth: number): TreeNode {
    const node = source as Node | null | undefined;
    if (node === null || node === undefined) return { kind: "scalar", at: fallback, value: null };
    const at = node.range?.[0] ?? fallback;
    if (isAlias(node)) return this.#alias(node.source, at);
    const before = this.#count;
    if (node.anchor !== undefined) this.#anchors.set(node.anchor, "open");
    const converted = this.#plain(node, at, depth);
    if (node.anchor !== undefined) this.#anchors.set(node.anchor, { node: converted, size: this.#count - before });
    return converted;
  }

  #plain(node: Node, at: number, depth: number): TreeNode {
    this.#count++;
    if (node.tag !== undefined && !CORE_TAGS.has(node.tag)) {
      return broken(at, "PTL1004", `the tag "${printable(node.tag)}" is not read: write the plain value`);
    }
    if (depth > MAX_DEPTH) return broken(at, "PTL1002", `this is nested more than ${MAX_DEPTH} levels deep`);
    if (isMap(node)) return this.#map(node, at, depth);
    if (isSeq(node)) return { kind: "list", at, items: node.items.map((item) => this.node(item, at, depth + 1)) };
    if (isScalar(node)) return scalar(node, at);
    return broken(at, "PTL1001", "this is neither a mapping, a list nor a value");
  }

  #map(map: YAMLMap, at: number, depth: number): TreeNode {
    const entries = new Map<string, Entry>();
    for (const pair of map.items as Pair<unknown, unknown>[]) {
      const key = this.node(pair.key, at, depth + 1);
      const value = this.node(pair.value, key.at, depth + 1);
      const name = keyText(key);
      if (name === undefined) {
        const where = `key ${entries.size}`;
        entries.set(where, {
          at: key.at,
          value: broken(key.at, "PTL1003", "this key is no plain text: use a name, in quotes if need be"),
        });
      } else if (entries.has(name)) {
        entries.set(name, {
          at: key.at,
          value: broken(key.at, "PTL1003", `"${printable(name)}" stands twice in this mapping: keep one`),
        });
      } else if (name === "<<") {
        entries.set(name, {
          at: key.at,
          value: broken(key.at, "PTL1003", `"<<" (merging) is not YAML 1.2: write the keys out`),
        });
      } else {
        entries.set(name, { at: key.at, value });
      }
    }
    return { kind: "map", at, entries };
  }

  #alias(name: string, at: number): TreeNode {
    const anchored = this.#anchors.get(name);
    if (anchored === undefined) return broken(at, "PTL1001", `the alias "${printable(name)}" has no anchor before it`);
    if (anchored === "open") return broken(at, "PTL1002", `the alias "${printable(name)}" holds itself`);
    this.#aliased += anchored.size;
    this.#count += anchored.size;
    if (this.#aliased > MAX_ALIASED) {
      const message = `aliases add more than ${MAX_ALIASED} values to the document: write them out`;
      this.fault ??= broken(at, "PTL1002", message);
      return this.fault;
    }
    return anchored.node;
  }
}

function scalar(node: Scalar, at: number): TreeNode {
  const { value } = node;
  if (typeof value === "string") {
    return node.type === "BLOCK_LITERAL" ? { kind: "scalar", at, value, literal: true } : { kind: "scalar", at, value };
  }
  if (typeof value === "number") return { kind: "scalar", at, value, source: node.source };
  if (typeof value === "boolean" || value === null) return { kind: "scalar", at, value, source: node.source };
  return broken(at, "PTL1004", "this value is no text, number or boolean");
}

/** JSON has only text keys: `8080: x` and `true: x` are read as they are written, as Kubernetes does. */
function keyText(key: TreeNode): string | undefined {
  if (key.kind !== "scalar" || key.value === null) return undefined;
  return typeof key.value === "string" ? key.value : (key.source ?? String(key.value));
}

export function broken(at: number, code: ProblemCode, message: string): BrokenNode {
  return { kind: "broken", at, code, message };
}
