import { Histogram, Registry } from "prom-client";
import { expect, test } from "vitest";
import { Tally } from "./tally.ts";

const options = { name: "bytes", help: "Bytes.", buckets: [1, 10, 100] };
const values = [0, 1, 1.5, 10, 99, 100, 101, 5000];

test("it reads as prom-client's own histogram would", async () => {
  const [mine, theirs] = [new Registry(), new Registry()];
  const tally = new Tally({ ...options, label: "type" }, [mine]);
  const histogram = new Histogram({ ...options, labelNames: ["type"], registers: [theirs] });
  for (const value of values) {
    for (const type of ["cds", "eds"]) {
      tally.observe(value, type);
      histogram.observe({ type }, value);
    }
  }
  const sorted = async (registry: Registry) => (await registry.metrics()).split("\n").map(normal).sort();
  expect(await sorted(mine)).toEqual(await sorted(theirs));
});

test("without a label it is there before anything was counted", async () => {
  const [mine, theirs] = [new Registry(), new Registry()];
  new Tally(options, [mine]);
  new Histogram({ ...options, registers: [theirs] });
  expect(await mine.metrics()).toBe(await theirs.metrics());
});

/** The order of labels says nothing. */
function normal(line: string): string {
  return line.replace(/\{(.*)\}/, (_, labels: string) => `{${labels.split(",").sort().join(",")}}`);
}
