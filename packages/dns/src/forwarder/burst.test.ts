import { expect, it } from "vitest";
import { createBurst } from "./burst.ts";

const turn = () => new Promise(setImmediate);

it("what a turn of the event loop gives leaves at its end, in order and once; what comes alone at once", async () => {
  const sent: number[] = [];
  const send = (number: number) => {
    sent.push(number);
    // What is added meanwhile has a turn of its own.
    if (number === 2) burst.add(3, clockMs);
  };
  let clockMs = 0;
  const burst = createBurst<number>(send);
  burst.add(0, clockMs);
  expect(sent.splice(0)).toEqual([0]);
  clockMs += 0.01;
  burst.add(1, clockMs);
  burst.add(2, clockMs);
  await Promise.resolve();
  expect(sent).toEqual([]);
  await turn();
  expect(sent).toEqual([1, 2]);
  await turn();
  expect(sent).toEqual([1, 2, 3]);
  burst.add(4, clockMs);
  burst.leave();
  expect(sent).toEqual([1, 2, 3, 4]);
  await turn();
  expect(sent).toEqual([1, 2, 3, 4]);
  clockMs += 1;
  burst.add(5, clockMs);
  expect(sent.at(-1)).toBe(5);
});
