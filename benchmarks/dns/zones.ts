import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { spreadOf } from "../load/statistics.ts";
import type { Cores } from "../machine/cores.ts";
import { spread, type WorkloadResult } from "../results/result.ts";
import { atMost } from "./goals.ts";
import type { ZoneFigures } from "./zone.ts";

/** G9: zones are compiled, of as many names as `sizes` says. */
export async function measureZones(
  cores: Cores,
  sizes: readonly number[],
  rounds: number,
  date: string,
): Promise<WorkloadResult> {
  const measured = new Map<number, ZoneFigures[]>(sizes.map((names) => [names, []]));
  for (let round = 0; round < rounds; round++) {
    for (const names of sizes) measured.get(names)?.push(await compileOnce(cores, names));
  }
  const of = (names: number, figure: (figures: ZoneFigures) => number) =>
    spreadOf((measured.get(names) ?? []).map(figure));
  return {
    id: "G9",
    title: "compiling zones",
    date,
    columns: [
      "names",
      "at once, ms of CPU",
      "bytes a name",
      "in slices behind a feed, ms of CPU",
      "longest pause, ms of CPU",
    ],
    rows: sizes.map((names) => [
      String(names),
      spread(of(names, ({ compileMs }) => compileMs)),
      spread(of(names, ({ bytesPerName }) => bytesPerName)),
      spread(of(names, ({ swapMs }) => swapMs)),
      spread(of(names, ({ longestPauseMs }) => longestPauseMs)),
    ]),
    goals: [
      atMost(
        "G9: 10,000 names ≤ 50 ms",
        of(10_000, ({ compileMs }) => compileMs),
        50,
        "ms",
      ),
      atMost(
        "G9: 100,000 names ≤ 500 ms",
        of(100_000, ({ compileMs }) => compileMs),
        500,
        "ms",
      ),
      atMost(
        "G9: ≤ 400 bytes a name",
        of(100_000, ({ bytesPerName }) => bytesPerName),
        400,
        "bytes",
      ),
      atMost(
        "G9: no pause > 10 ms, 10,000 names",
        of(10_000, ({ longestPauseMs }) => longestPauseMs),
        10,
        "ms",
      ),
      atMost(
        "G9: no pause > 10 ms, 100,000 names",
        of(100_000, ({ longestPauseMs }) => longestPauseMs),
        10,
        "ms",
      ),
    ],
    notes: [
      "At once: one address a name. Behind a feed: as many Services with a clusterIP, each an address and a reverse name, published in one batch (what making the mesh left to collect was collected before). No lost or mixed answer during 1,000 swaps: `packages/dns/src/server/swaps.test.ts`.",
    ],
    bars: [],
  };
}

async function compileOnce(cores: Cores, names: number): Promise<ZoneFigures> {
  const script = join(import.meta.dirname, "zone.ts");
  const [program = "", ...args] = cores.serverCommand([process.execPath, "--expose-gc", script, String(names)]);
  const { stdout } = await promisify(execFile)(program, args);
  return JSON.parse(stdout);
}
