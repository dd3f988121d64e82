import type * as fs from "node:fs";
import { expect, test, vi } from "vitest";
import { files } from "../sources/files/source.ts";
import { serviceEntry, temporaryFolder, writeFiles } from "../testing/mesh-folder.ts";
import { entryNames, running } from "../testing/running.ts";
import { until } from "../testing/until.ts";

const refused = vi.hoisted(() => ({ count: 0 }));

vi.mock("node:fs", async (original) => ({
  ...(await original<typeof fs>()),
  watch() {
    refused.count++;
    throw Object.assign(new Error("no space left for watches"), { code: "ENOSPC" });
  },
}));

test("F-30 where the system gives no more watches, changes are found by looking", async () => {
  using folder = temporaryFolder();
  await using registry = await running({ sources: [files(folder.path, { rescanMs: 50 })] });
  await writeFiles(folder.path, { "a.yaml": serviceEntry("a") });
  await until(registry, () => entryNames(registry.snapshot).join() === "a");
  expect(refused.count).toBeGreaterThan(0);
});
