import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const root = join(import.meta.dirname, "..");

test("every benchmark runs once, small: it connects, changes, counts, and says what its goals came to", async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [join(root, "benchmarks", "index.ts"), "--smoke"], {
    cwd: root,
    timeout: 115_000,
  });
  const sections = stdout.split(/^## /m).slice(1);
  expect(sections.map((section) => section.slice(0, section.indexOf(":")))).toEqual(
    Array.from({ length: 11 }, (_, at) => `W${at + 1}`).filter((id) => id !== "W3"),
  );
  const [w1] = sections;
  expect(w1).toMatch(/^\| portolan, file \| [\d.]+ \(/m);
  expect(w1).toMatch(/^\| portolan, API \| [\d.]+ \(/m);
  const all = sections.join("");
  expect(all).toMatch(/changes that some stream never saw \| 0\.00 changes \| yes/);
  expect(all).toMatch(/messages to idle streams \| 0\.00 messages \| yes/);
  expect(all).toMatch(/missing after kill -9 \| 0\.00 of \d+ machines \| yes/);
});
