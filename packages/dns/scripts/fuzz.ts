/**
 * Throws a million messages at a server in a process of its own, over UDP and TCP, and looks at what becomes of it.
 *
 *   pnpm fuzz:dns [--packets N] [--seed S]
 *
 * What breaks it is written to `packages/dns/corpus`, which a test replays. The same seed sends the same messages.
 */
import { parseArgs } from "node:util";
import { keep } from "./fuzz/corpus.ts";
import { runFuzz } from "./fuzz/run.ts";

const { values } = parseArgs({
  options: { packets: { type: "string", default: "1000000" }, seed: { type: "string", default: "1" } },
});
const packets = Number(values.packets);
const seed = Number(values.seed);
if (!Number.isInteger(packets) || packets < 1000 || !Number.isInteger(seed)) {
  console.error("--packets is a whole number from 1000 on, --seed a whole number");
  process.exit(64);
}
const { lines, findings } = await runFuzz(packets, seed);
console.log(lines.join("\n"));
for (const finding of findings) {
  console.error(`found: ${finding.what}`);
  if (finding.batch.length > 0) console.error(`kept in packages/dns/corpus/${await keep(finding)}`);
}
console.log(`${findings.length} findings in ${packets} packets, seed ${seed}`);
process.exitCode = findings.length === 0 ? 0 : 1;
