/**
 * Plays random histories of changes, subscriptions, answers, stalls, reconnects and restarts between the session and
 * reference clients, and looks for a divergence: `pnpm soak:xds [--histories N] [--seed S]`. What fails is shrunk and printed
 * with the command that plays it again. Default: 100,000 histories, a seed of the clock's.
 */
import { parseArgs } from "node:util";
import fc from "fast-check";
import { dialectsAgree, historyProperties, randomHistory } from "../../packages/xds/src/testing/random-history.ts";

const { values } = parseArgs({
  options: {
    histories: { type: "string", default: "100000" },
    seed: { type: "string", default: String(Date.now() % 2 ** 31) },
    /** Of a failure that was printed. */
    path: { type: "string" },
    only: { type: "string" },
  },
});

const total = Number(values.histories);
const seed = Number(values.seed);
const rounds = [
  ...(["sotw", "delta"] as const).flatMap((dialect) => historyProperties.map((property) => ({ property, dialect }))),
  { property: dialectsAgree, dialect: "sotw" as const },
].map(({ property, dialect }) => ({ property, dialect, name: `${dialect} ${property.name}` }));
const chosen = rounds.filter(({ name }) => values.only === undefined || name.startsWith(values.only));
const each = Math.ceil(total / chosen.length);

console.log(`${each * chosen.length} histories, seed ${seed}`);
const started = performance.now();
for (const { property, dialect, name } of chosen) {
  const began = performance.now();
  const result = fc.check(
    fc.property(randomHistory(property.kinds), (happenings) => {
      const wrong = property.play(dialect, happenings);
      if (wrong.length > 0) throw new Error(wrong.join("\n"));
    }),
    { seed, numRuns: each, ...(values.path === undefined ? {} : { path: values.path, endOnFailure: true }) },
  );
  const perSecond = Math.round((result.numRuns * 1000) / (performance.now() - began));
  console.log(`${name}: ${result.numRuns} histories, ${perSecond}/s, ${result.failed ? "FAILED" : "no divergence"}`);
  if (!result.failed) continue;
  process.exitCode = 1;
  console.error(JSON.stringify(result.counterexample?.[0]));
  console.error(result.errorInstance instanceof Error ? result.errorInstance.message : "");
  const only = JSON.stringify(name.slice(0, 40));
  console.error(`again: pnpm soak:xds --only ${only} --seed ${result.seed} --path ${result.counterexamplePath}`);
}
console.log(`${((performance.now() - started) / 1000).toFixed(0)} s`);
