/**
 * Measures two commits in one run: `pnpm bench:compare A B [--tolerance 0.15] [--smoke]`. Exits with 1 where a change costs
 * B more CPU than A by more than the tolerance. `.` is the checkout as it is.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { takeCores } from "../machine/cores.ts";
import { formatTable } from "../results/markdown.ts";
import { number, spread } from "../results/result.ts";
import { createSurroundings } from "../surroundings.ts";
import { measurePush, type PushMeasurement } from "../workloads/push-figures.ts";
import { type Checkout, checkOut } from "./checkout.ts";

const { values, positionals } = parseArgs({
  args: process.argv.slice(2).filter((arg) => arg !== "--"),
  allowPositionals: true,
  options: { tolerance: { type: "string", default: "0.15" }, smoke: { type: "boolean", default: false } },
});
const [first, second] = positionals;
const tolerance = Number(values.tolerance);
if (first === undefined || second === undefined || !(tolerance > 0)) {
  console.error("bench:compare A B [--tolerance 0.15]: two commits, or . for the checkout as it is");
  process.exit(64);
}
const directory = await mkdtemp(join(tmpdir(), "portolan-compare-"));
try {
  await using before = await checkOut(first, join(directory, "a"));
  await using after = await checkOut(second, join(directory, "b"));
  process.exitCode = await compare(before, after);
} finally {
  await rm(directory, { recursive: true, force: true });
}

async function compare(before: Checkout, after: Checkout): Promise<number> {
  const scale = values.smoke ? 0.02 : 1;
  const load = (streams: number, clusters: number, dialect: "delta" | "sotw") => ({
    streams: Math.max(2, streams * scale),
    clusters: Math.max(2, clusters * scale),
    dialect,
    peers: [],
    changes: values.smoke ? 2 : 20,
    peerChanges: 0,
  });
  const loads = [load(1000, 100, "delta"), load(50, 2000, "delta"), load(500, 100, "sotw")];
  const measurements = loads.flatMap((each): PushMeasurement[] => {
    const name = `${each.streams} ${each.dialect} streams x ${each.clusters} clusters`;
    return [before, after].map(({ program }, at) => ({ ...each, name: `${name} ${"AB"[at]}`, program }));
  });
  const around = createSurroundings({
    size: "short",
    cores: takeCores(),
    peers: { goControlPlane: undefined, floor: undefined, missing: [] },
    program: before.program,
    directory,
    say: (text) => console.error(text),
  });
  const measured = await measurePush(around, measurements, values.smoke ? 1 : 9);
  let worse = 0;
  const rows = [...measured].flatMap(([name, figures]) => {
    if (!name.endsWith(" A")) return [];
    const others = measured.get(name.replace(/ A$/, " B")) ?? [];
    return figures.map((a, at) => {
      const b = others[at];
      const cpu = (b?.cpuMs?.median ?? Number.NaN) / (a.cpuMs?.median ?? Number.NaN);
      if (cpu > 1 + tolerance) worse++;
      const last = (b?.lastMs.median ?? Number.NaN) / a.lastMs.median;
      const what = `${name.slice(0, -2)}, ${a.name.replace("portolan, ", "")}`;
      return [what, spread(a.cpuMs), spread(b?.cpuMs), number(cpu), spread(a.lastMs), spread(b?.lastMs), number(last)];
    });
  });
  const columns = ["load", "A: CPU, ms", "B: CPU, ms", "B/A", "A: last stream, ms", "B: last stream, ms", "B/A"];
  console.log(`A is ${before.name}, B is ${after.name}\n`);
  console.log(formatTable(columns, rows).join("\n"));
  console.log(`\n${worse} of ${rows.length} cost more than ${1 + tolerance} times as much CPU`);
  return worse === 0 ? 0 : 1;
}
