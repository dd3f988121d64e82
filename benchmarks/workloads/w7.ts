import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import type { EngineFigures } from "../engine/index.ts";
import { limitGoal, number } from "../results/result.ts";
import { sized, type Workload } from "./workload.ts";

const program = join(import.meta.dirname, "..", "engine", "index.ts");
const TIMEOUT_MS = 300_000;

/** The snapshot engine without sockets. */
export const w7: Workload = {
  id: "W7",
  since: "smoke",
  async run(around) {
    const services = sized(around.size, 200, 10_000, 10_000);
    const changes = sized(around.size, 100, 5000, 20_000);
    around.say(`w7: ${services} services x 10 endpoints in the engine alone`);
    const [command = "", ...args] = around.cores.serverCommand([
      process.execPath,
      "--expose-gc",
      program,
      String(services),
      String(changes),
    ]);
    const { stdout } = await promisify(execFile)(command, args, { timeout: TIMEOUT_MS });
    const { loadMs, heapBytesAnEndpoint, model, engine, bytesInStore }: EngineFigures = JSON.parse(stdout);
    const row = (what: string, { p50Ms, p95Ms, p99Ms, maxMs }: EngineFigures["model"]) => [
      what,
      ...[p50Ms, p95Ms, p99Ms, maxMs].map((ms) => number(ms * 1000)),
    ];
    return {
      id: "W7",
      title: `the snapshot engine alone: ${services} services x 10 endpoints, one endpoint changes`,
      columns: ["step", "p50, µs", "p95, µs", "p99, µs", "max, µs"],
      rows: [row("compile the next mesh snapshot", model), row("translate, encode, store, tell what differs", engine)],
      goals: [
        limitGoal("one change translated, encoded, diffed ≤ 100 µs (p99)", engine.p99Ms * 1000, 100, "µs"),
        limitGoal(`${services * 10} endpoints are loaded within 1 s`, loadMs / 1000, 1, "s"),
        limitGoal("≤ 1 KB of heap an endpoint", heapBytesAnEndpoint, 1024, "bytes"),
      ],
      notes: [
        `Loading is from decoded objects to encoded resources of one view (endpoints, clusters, listeners and routes: ${number(bytesInStore / 2 ** 20)} MB). Heap is the JavaScript heap and the buffers of mesh, translation and store together.`,
      ],
      bars: [],
    };
  },
};
