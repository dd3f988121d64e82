import { expect, test } from "vitest";
import { killRounds } from "../testing/kill-rounds.ts";

test("F-06 kill -9 while changes are written, 20 rounds: what was answered is there, and nothing is there by half", {
  timeout: 180_000,
}, async () => {
  const report = await killRounds(20, Math.random);
  expect(report.wrong).toEqual([]);
  expect(report.answered).toBeGreaterThan(20);
});
