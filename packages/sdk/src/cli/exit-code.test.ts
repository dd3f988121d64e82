import { expect, test } from "vitest";
import type { SdkErrorCode } from "../error.ts";
import { exitCodeOf, isSdkErrorCode } from "./exit-code.ts";

const expected: Readonly<Record<SdkErrorCode, number>> = {
  usage: 64,
  "bad-data": 65,
  refused: 65,
  "data-too-new": 65,
  unreachable: 69,
  "port-in-use": 69,
  "envoy-not-found": 72,
  "data-not-writable": 73,
  "data-in-use": 1,
  "not-found": 1,
  conflict: 1,
  unsupported: 1,
  failed: 1,
};

test.each(Object.entries(expected))("%s exits with %i", (code, exit) => {
  expect(isSdkErrorCode(code) && exitCodeOf(code)).toBe(exit);
});

test("what a server may send besides is no code", () => {
  for (const text of ["", "constructor", "__proto__", "ok", undefined, 64]) expect(isSdkErrorCode(text)).toBe(false);
});
