import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    // Goldens are rewritten by `pnpm golden` and never by a test run.
    update: "none",
    projects: [
      { extends: true, test: { name: "unit", include: ["packages/**/src/**/*.test.ts"], maxWorkers: 2 } },
      {
        extends: true,
        test: {
          name: "tooling",
          include: ["scripts/**/*.test.ts"],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          maxWorkers: 1,
        },
      },
      {
        extends: true,
        test: { name: "e2e", include: ["e2e/**/*.test.ts"], testTimeout: 60_000, hookTimeout: 120_000, maxWorkers: 1 },
      },
    ],
  },
});
