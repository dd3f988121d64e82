import { expect, test } from "vitest";
import { CLUSTER } from "../resource/type-url.ts";
import { viewId } from "../snapshot/ids.ts";
import { admitInTurn } from "./admission.ts";
import type { Assign, Assignment } from "./assign.ts";
import type { XdsNode } from "./node.ts";

const peer = { transport: "plaintext", address: "127.0.0.1:1" } as const;
const node = (id: string) => ({ id }) as XdsNode;
const view = viewId("v");
const turn = () => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));

test("F-04 no more than so many are decided at one time, in the order in which they came", async () => {
  const asked: string[] = [];
  const decisions = new Map<string, (assignment: Assignment) => void>();
  const assign: Assign = (_peer, { id }) => {
    asked.push(id);
    return new Promise((resolve) => decisions.set(id, resolve));
  };
  const admit = admitInTurn(assign, { maxPending: 2, now: () => 0 });
  const admitted = ["a", "b", "c", "d"].map((id) => admit(peer, node(id), CLUSTER));
  await turn();
  expect(asked).toEqual(["a", "b"]);
  decisions.get("b")?.({ view });
  expect(await admitted[1]).toEqual({ view });
  await turn();
  expect(asked).toEqual(["a", "b", "c"]);
  decisions.get("a")?.({ view });
  await admitted[0];
  await turn();
  expect(asked).toEqual(["a", "b", "c", "d"]);
});

test("F-04 deciding that takes long is done in slices, and others get their turn in between", async () => {
  let nowMs = 0;
  const asked: string[] = [];
  const assign: Assign = (_peer, { id }) => {
    nowMs += 6;
    asked.push(id);
    return { view };
  };
  const admit = admitInTurn(assign, { maxPending: 1, now: () => nowMs });
  const admitted = ["a", "b", "c", "d"].map((id) => admit(peer, node(id), CLUSTER));
  await admitted[1];
  expect(asked).toEqual(["a", "b"]);
  await Promise.all(admitted);
  expect(asked).toEqual(["a", "b", "c", "d"]);
});

test("F-16 one that throws lets the next one in", async () => {
  const assign: Assign = (_peer, { id }) => {
    if (id === "bad") throw new Error("no");
    if (id === "worse") return Promise.reject(new Error("never"));
    return { view };
  };
  const admit = admitInTurn(assign, { maxPending: 1, now: () => 0 });
  expect(() => admit(peer, node("bad"), CLUSTER)).toThrow("no");
  const [worse, bad, good] = ["worse", "bad", "good"].map((id) => admit(peer, node(id), CLUSTER));
  await expect(bad).rejects.toThrow("no");
  await expect(worse).rejects.toThrow("never");
  expect(await good).toEqual({ view });
});
