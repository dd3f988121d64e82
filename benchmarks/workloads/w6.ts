import { churn } from "../load/churn.ts";
import { connectFleet } from "../load/fleet.ts";
import { limitGoal, number } from "../results/result.ts";
import { clusters } from "../servers/corpus.ts";
import { startPortolan } from "../servers/portolan.ts";
import { sized, type Workload } from "./workload.ts";

/** While changes go on without a pause, pushes go out that often. */
const DEBOUNCE_MS = 100;

/** Endpoints change all the time. */
export const w6: Workload = {
  id: "W6",
  since: "smoke",
  async run(around) {
    const streams = sized(around.size, 5, 100, 100);
    const services = sized(around.size, 20, 1000, 1000);
    const rates = sized(around.size, [50], [300, 1000], [100, 300, 1000]);
    const durationMs = sized(around.size, 500, 6000, 60_000);
    const directory = await around.folder("w6");
    const names = clusters(services);
    const rows: string[][] = [];
    let last: Awaited<ReturnType<typeof churn>> | undefined;
    for (const rate of rates) {
      around.say(`w6: ${rate} changes a second, ${streams} streams x ${services} clusters`);
      await using server = await startPortolan({
        ...around,
        directory: `${directory}/${rate}`,
        services,
        throughApi: services,
      });
      const [way] = server.ways;
      if (way === undefined) throw new Error("nothing can be changed");
      const fleet = await connectFleet(server, { streams, dialect: "delta", names });
      const figures = await churn(fleet, way, rate, durationMs);
      fleet.swarm.disconnect();
      last = figures;
      rows.push([
        String(rate),
        number(figures.achieved),
        number(figures.receipt.p50Ms),
        number(figures.receipt.p99Ms),
        number(figures.receipt.maxMs),
        number(figures.answer.p99Ms),
        String(figures.missing),
        number((figures.busy ?? Number.NaN) * 100),
      ]);
      if (figures.failed > 0) around.say(`w6: ${figures.failed} writes failed: ${figures.reason}`);
    }
    const rate = rates.at(-1) ?? 0;
    return {
      id: "W6",
      title: `${streams} incremental streams x ${services} clusters, endpoints change for ${durationMs / 1000} s, one write each`,
      columns: [
        "changes a second",
        "achieved",
        "receipt p50, ms",
        "p99, ms",
        "max, ms",
        "answer p99, ms",
        "missing at the end",
        "server busy, %",
      ],
      rows,
      goals: [
        limitGoal(`at ${rate} a second: changes that some stream never saw`, last?.missing, 0, "changes"),
        limitGoal(
          `at ${rate} a second: writes keep up (achieved, of ${rate})`,
          rate - (last?.achieved ?? 0),
          rate * 0.02,
          "a second short",
        ),
        limitGoal(
          `at ${rate} a second: p99 to receipt ≤ 50 ms beyond the debounce of ${DEBOUNCE_MS} ms`,
          last?.receipt.p99Ms,
          50 + DEBOUNCE_MS,
          "ms",
        ),
      ],
      notes: [
        "Each change is a write of its own through the admin API (open loop, up to 100 connections): validated, made durable, published. Times run from when the write was due, so that a server that does not keep up is charged for all that waits.",
      ],
      bars: [],
    };
  },
};
