import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";

const root = join(import.meta.dirname, "../../..");

/** What is seen by how long something takes or how much memory it holds: a busy machine may hide it. */
const measured = ["answer-loop", "never-reads", "quadratic"];

it("dns2 fails as docs/decisions/dns2.md says: the script tries each failure of its list, and no other", async () => {
  const page = await readFile(join(root, "docs/decisions/dns2.md"), "utf8");
  const listed = [...page.matchAll(/^\| `([\w-]+)` \|/gm)].map(([, id = ""]) => id);
  const script = join(root, "packages/dns/scripts/dns2-failures.mjs");
  // The script's exit code tells that something did not happen, which the lines say as well.
  const { stdout, stderr } = await new Promise<{ stdout: string; stderr: string }>((resolve) => {
    execFile(process.execPath, [script], (_error, out, err) => resolve({ stdout: out, stderr: err }));
  });
  const lines = stdout.trim().split("\n");
  expect(lines.map((line) => /^(?:reproduced|did not happen) ([\w-]+): /.exec(line)?.[1])).toEqual(listed);
  const missing = lines.filter((line) => line.startsWith("did not happen"));
  expect(
    missing.filter((line) => !measured.some((id) => line.startsWith(`did not happen ${id}:`))),
    stderr,
  ).toEqual([]);
});
