import { expect, test } from "vitest";
import { createLineBuffer } from "./line-buffer.ts";

const turn = () => new Promise((resolve) => setImmediate(resolve));

test("the lines of a turn are one write, in their order", async () => {
  const written: string[] = [];
  using lines = createLineBuffer((text) => written.push(text));
  lines.add("a\n", false);
  lines.add("b\n", false);
  expect(written).toEqual([]);
  await turn();
  expect(written).toEqual(["a\nb\n"]);
  lines.add("c\n", false);
  await turn();
  expect(written).toEqual(["a\nb\n", "c\n"]);
});

test("an urgent one leaves at once, behind those that wait", () => {
  const written: string[] = [];
  using lines = createLineBuffer((text) => written.push(text));
  lines.add("a\n", false);
  lines.add("b\n", true);
  expect(written).toEqual(["a\nb\n"]);
});

test("as many as fit are held", () => {
  const written: string[] = [];
  using lines = createLineBuffer((text) => written.push(text));
  for (let at = 0; at < 100; at++) lines.add(`${"x".repeat(1023)}\n`, false);
  expect(written.map(({ length }) => length)).toEqual([64 * 1024]);
});

test("nothing is lost at the end, of the buffer or of the process", () => {
  const written: string[] = [];
  const before = process.listeners("exit");
  const lines = createLineBuffer((text) => written.push(text));
  const [onExit] = process.listeners("exit").filter((listener) => !before.includes(listener));
  lines.add("a\n", false);
  onExit?.(1);
  expect(written).toEqual(["a\n"]);
  lines.add("b\n", false);
  lines[Symbol.dispose]();
  expect(written).toEqual(["a\n", "b\n"]);
  expect(process.listeners("exit")).toEqual(before);
});
