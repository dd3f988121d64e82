import { expect, test } from "vitest";
import { killRounds } from "../testing/kill-rounds.ts";

test.each(["here", "thread"] as const)(
  "F-06 kill -9 while changes are written, 12 rounds, the disk being written to from %s: what was answered is there, and nothing is there by half",
  {
    timeout: 180_000,
  },
  async (place) => {
    const report = await killRounds(12, Math.random, place);
    expect(report.wrong).toEqual([]);
    expect(report.answered).toBeGreaterThan(12);
  },
);
