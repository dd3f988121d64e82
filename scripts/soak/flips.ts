/**
 * Sends a route of a real Envoy to and fro between two clusters that come and go, under a steady load, and counts answers:
 * `pnpm soak:flips [--flips N] [--rate N]`. Default: 500 flips, 200 requests a second, each dialect. Exits 1 where an
 * answer is not 200.
 */
import { parseArgs } from "node:util";
import { runFlips } from "../../e2e/xds/flips.ts";

const { values } = parseArgs({
  options: { flips: { type: "string", default: "500" }, rate: { type: "string", default: "200" } },
});

for (const dialect of ["sotw", "delta"] as const) {
  const started = performance.now();
  const result = await runFlips({ dialect, flips: Number(values.flips), rate: Number(values.rate) });
  const { answers, requests, wrong, rejected, warming } = result;
  const seconds = (performance.now() - started) / 1000;
  console.log(
    `${dialect}: ${result.flips} flips, ${requests} requests in ${seconds.toFixed(0)} s: ${JSON.stringify(answers)}, ` +
      `${wrong.length} flips answered by the wrong side, ${rejected} updates rejected, ${warming} clusters warming`,
  );
  if (answers[200] !== requests || wrong.length + rejected + warming > 0) process.exitCode = 1;
}
