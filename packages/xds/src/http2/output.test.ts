import { expect, test } from "vitest";
import { Output } from "./output.ts";

const body = Buffer.alloc(16_384, "x");

function framed(output: Output, ...args: Parameters<Output["addBody"]>): Uint8Array[] {
  output.clear();
  output.addBody(...args);
  return output.pieces;
}

test("a body is framed once for all streams of one number, and again for others", () => {
  const output = new Output(Buffer.alloc);
  const [first] = framed(output, body, 1, 16_384);
  expect(framed(output, body, 1, 16_384)[0]).toBe(first);
  const [other] = framed(output, body, 3, 16_384);
  expect(other).not.toBe(first);
  expect(other?.[8]).toBe(3);
  expect(framed(output, Buffer.from(body), 3, 16_384)[0]).not.toBe(other);
});

test("a body is forgotten where it is to be", () => {
  const output = new Output(Buffer.alloc);
  const [first] = framed(output, body, 1, 16_384);
  output.drop();
  expect(framed(output, body, 1, 16_384)[0]).not.toBe(first);
});

test("a large body is not copied", () => {
  const large = Buffer.alloc(16_385);
  const pieces = framed(new Output(Buffer.alloc), large, 1, 16_384);
  expect(pieces.filter(({ buffer }) => buffer === large.buffer)).toHaveLength(Math.ceil(large.length / 16_384));
  expect(pieces.reduce((bytes, { length }) => bytes + length, 0)).toBe(large.length + 2 * 9);
});
