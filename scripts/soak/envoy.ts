/**
 * Random histories of changes, bad versions and server restarts with a real Envoy as the client:
 * `pnpm soak:envoy [--histories N] [--seed S] [--dialect sotw|delta]`. Default: 300 histories, half of them in each dialect.
 * Exits 1 where Envoy does not end with what it should have. A history's outcome depends on those before it: what failed
 * is looked for again from the first seed.
 */
import { parseArgs } from "node:util";
import { temporaryFolder } from "../../e2e/testing/temporary-folder.ts";
import { createEnvoyHistories } from "../../e2e/xds/envoy-history.ts";

const { values } = parseArgs({
  options: {
    histories: { type: "string", default: "300" },
    seed: { type: "string", default: String(Date.now() % 2 ** 31) },
    dialect: { type: "string" },
  },
});
const first = Number(values.seed);
const dialects = (["sotw", "delta"] as const).filter((each) => values.dialect === undefined || each === values.dialect);
const each = Math.ceil(Number(values.histories) / dialects.length);

for (const dialect of dialects) {
  await using folder = await temporaryFolder();
  await using histories = await createEnvoyHistories(folder, dialect);
  const started = performance.now();
  let failed = 0;
  for (let seed = first; seed < first + each; seed++) {
    const wrong = await histories.play(seed).catch((error: unknown) => [String(error)]);
    if (wrong.length === 0) continue;
    failed++;
    console.error(`${dialect} seed ${seed}:\n  ${wrong.join("\n  ")}`);
  }
  const seconds = (performance.now() - started) / 1000;
  console.log(`${dialect}: ${each} histories from seed ${first} in ${seconds.toFixed(0)} s, ${failed} diverged`);
  if (failed > 0) process.exitCode = 1;
}
