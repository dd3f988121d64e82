import { defineConfig } from "vitest/config";

/** One group after the other, so that e2e tests, with Envoys of their own, do not compete with the rest for processors. */
const group = (groupOrder: number, maxWorkers: number) => ({ sequence: { groupOrder }, maxWorkers });
/** Only an alarm for what hangs: nothing asserts how long it takes on a machine that others use as well. */
const slow = { testTimeout: 120_000, hookTimeout: 120_000 };

export default defineConfig({
  test: {
    // Goldens are rewritten by `pnpm golden` and never by a test run.
    update: "none",
    // An alarm as well, and shorter than that of a test, so that it says what was waited for.
    expect: { poll: { timeout: 60_000 } },
    projects: [
      { extends: true, test: { name: "unit", include: ["packages/**/src/**/*.test.ts"], ...group(1, 2), ...slow } },
      { extends: true, test: { name: "tooling", include: ["scripts/**/*.test.ts"], ...group(2, 1), ...slow } },
      { extends: true, test: { name: "e2e", include: ["e2e/**/*.test.ts"], ...group(3, 1), ...slow } },
    ],
  },
});
