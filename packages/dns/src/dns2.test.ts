import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, it } from "vitest";

const root = join(import.meta.dirname, "../../..");

it("dns2 fails as docs/decisions/dns2.md says: the script reproduces each failure of its list, and no other", async () => {
  const page = await readFile(join(root, "docs/decisions/dns2.md"), "utf8");
  const listed = [...page.matchAll(/^\| `([\w-]+)` \|/gm)].map(([, id]) => id);
  const script = join(root, "packages/dns/scripts/dns2-failures.mjs");
  const { stdout } = await promisify(execFile)(process.execPath, [script]);
  const lines = stdout.trim().split("\n");
  expect(lines.map((line) => /^reproduced ([\w-]+): /.exec(line)?.[1])).toEqual(listed);
});
