import { expect, test } from "vitest";
import { CLUSTER_LOAD_ASSIGNMENT } from "../resource/type-url.ts";
import type { RejectedResource } from "../session/protocol.ts";
import { createRejectionMemory } from "./rejection-memory.ts";

const name = { typeUrl: CLUSTER_LOAD_ASSIGNMENT, name: "a" };

function rejected(length: number, text = "x", at = "a"): RejectedResource {
  const accepted = {
    version: "1",
    ttlMs: undefined,
    references: [],
    body: new TextEncoder().encode(text.repeat(length)),
  };
  return { ...name, name: at, version: "bad", message: "", accepted };
}

function bodyOf(resources: readonly RejectedResource[]): Uint8Array | undefined {
  return resources[0]?.accepted?.body;
}

test("P-13 nodes that accepted the same share one copy of it, and others do not, whatever their versions say", () => {
  const memory = createRejectionMemory(10);
  memory.add("m", [rejected(10)]);
  memory.add("n", [rejected(10)]);
  memory.add("o", [rejected(10, "y")]);
  expect(bodyOf(memory.of("n"))).toBe(bodyOf(memory.of("m")));
  expect(bodyOf(memory.of("o"))).toEqual(new TextEncoder().encode("yyyyyyyyyy"));
});

test("what is remembered has a bound in nodes and in bytes: the node that was used longest ago goes first", () => {
  const memory = createRejectionMemory(3, 25);
  const known = () => ["m", "n", "o", "p"].filter((node) => memory.of(node).length > 0);
  // Ten bytes, shared.
  for (const node of ["m", "n", "o"]) memory.add(node, [rejected(10)]);
  expect(known()).toEqual(["m", "n", "o"]);
  memory.add("p", [rejected(10)]);
  expect(known()).toEqual(["n", "o", "p"]);
  memory.add("n", [rejected(10, "y", "b")]);
  expect(known()).toEqual(["n", "o", "p"]);
  // Ten more are too many as long as one of the others holds what they share.
  memory.add("m", [rejected(10, "z")]);
  expect(known()).toEqual(["m"]);
  expect(bodyOf(memory.of("m"))).toEqual(new TextEncoder().encode("zzzzzzzzzz"));
});

test("what is forgiven, rejected anew or dropped holds no bytes any more", () => {
  const memory = createRejectionMemory(10, 25);
  for (let round = 0; round < 100; round++) {
    memory.add("m", [rejected(10, String(round % 10))]);
    memory.add("n", [rejected(10, String(round % 10))]);
    memory.remove("n", name);
  }
  memory.add("n", [rejected(10, "n")]);
  expect([memory.of("m").length, memory.of("n").length]).toEqual([1, 1]);
});

test("F-34 reasons count as well: nodes that invent others each time are forgotten, those that give the same share it", () => {
  const memory = createRejectionMemory(1_000, 1_000);
  const known = () => Array.from({ length: 100 }, (_, at) => `n${at}`).filter((node) => memory.of(node).length > 0);
  const because = (message: string) => [{ ...rejected(0), accepted: undefined, message }];
  for (let at = 0; at < 100; at++) memory.add(`n${at}`, because("x".repeat(100)));
  expect(known()).toHaveLength(100);
  for (let at = 0; at < 100; at++) memory.add(`n${at}`, because(String(at).padStart(100, "y")));
  expect(known()).toEqual(Array.from({ length: 10 }, (_, at) => `n${at + 90}`));
  for (let round = 0; round < 100; round++) memory.add("n90", because(String(round).padStart(100, "z")));
  expect(known()).toHaveLength(10);
});
