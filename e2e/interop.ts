/**
 * Other people's programs and the DNS server, where the machine has them: resolvers that ask it, and resolvers that are chained before it.
 * The last line is `N passed, N failed, N skipped`, over all.
 *
 *   pnpm test:interop
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { text } from "node:stream/consumers";

const parts = ["dns/interop.ts", "chaining/check.ts"];
const sums = { passed: 0, failed: 0, skipped: 0 };
for (const part of parts) {
  const run = spawn(process.execPath, [join(import.meta.dirname, part)], { stdio: ["ignore", "pipe", "inherit"] });
  const [out] = await Promise.all([text(run.stdout), once(run, "close")]);
  const lines = out.trimEnd().split("\n");
  const last = /^(\d+) passed, (\d+) failed, (\d+) skipped$/.exec(lines.at(-1) ?? "");
  console.log((last === null ? lines : lines.slice(0, -1)).join("\n"));
  if (last === null) console.log(`FAILED: ${part} ended before it had counted`);
  sums.passed += Number(last?.[1] ?? 0);
  sums.failed += Number(last?.[2] ?? 1);
  sums.skipped += Number(last?.[3] ?? 0);
}
console.log(`${sums.passed} passed, ${sums.failed} failed, ${sums.skipped} skipped`);
process.exitCode = sums.failed === 0 ? 0 : 1;
