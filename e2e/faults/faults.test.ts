import { describe, expect, test } from "vitest";
import { describeWithEnvoy } from "../testing/needs-envoy.ts";
import { FAULTS } from "./index.ts";

async function passes(name: string): Promise<void> {
  const verdict = await FAULTS[name]?.run("short");
  expect(verdict?.failures).toEqual([]);
  expect(verdict?.figures.length).toBeGreaterThan(2);
}

describe("faults in their short form; `pnpm soak:faults` for the full one", () => {
  const others = Object.entries(FAULTS).filter(([name]) => name !== "F-08");
  test.each(others.map(([name, { title }]) => [name, title] as const))("%s %s", passes);
});

describeWithEnvoy("faults with a real Envoy", () => {
  test("F-08 the server is away under load", () => passes("F-08"));
});
