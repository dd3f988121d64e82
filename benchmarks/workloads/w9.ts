import { type Contender, closedLoop } from "../load/closed-loop.ts";
import { connectFleet } from "../load/fleet.ts";
import { threadsCpuMs } from "../machine/process-usage.ts";
import { type Goal, number, spread } from "../results/result.ts";
import { clusters } from "../servers/corpus.ts";
import { startPortolan } from "../servers/portolan.ts";
import { ratio } from "./push-figures.ts";
import { sized, type Workload } from "./workload.ts";

/** Of each thread that serves, the server's own name for it. */
const THREAD = "portolan-xds";
/** Two threads that serve, the main thread, and the client. */
const NEEDED = 4;
const MAX_WORKERS = 8;

/** Worker threads push in parallel. */
export const w9: Workload = {
  id: "W9",
  since: "smoke",
  async run(around) {
    const { size, cores } = around;
    const many = Math.max(2, Math.min(MAX_WORKERS, cores.count - 2));
    const streams = sized(size, 20, 1000, 1000);
    const names = clusters(sized(size, 10, 100, 100));
    const rounds = sized(size, 1, 3, 7);
    const changes = sized(size, 2, 10, 10);
    const directory = await around.folder("w9");
    await using parts = new AsyncDisposableStack();
    const contenders: Contender[] = [];
    for (const workers of [1, many]) {
      const name = `portolan --workers ${workers}`;
      const options = { name, directory: `${directory}/${workers}`, services: names.length, throughApi: 1, workers };
      const server = parts.use(await startPortolan({ ...around, ...options }));
      around.say(`w9: ${name}, ${streams} delta streams x ${names.length} clusters`);
      const fleet = await connectFleet(server, { streams, dialect: "delta", names });
      parts.defer(() => fleet.swarm.disconnect());
      const way = server.ways.find((each) => each.name === "API");
      if (way !== undefined) contenders.push({ name, fleet, way, changes });
    }
    const usage = () => contenders.map(({ fleet }) => threadsCpuMs(fleet.server.process.pid, THREAD));
    const before = usage();
    const figures = await closedLoop(contenders, rounds);
    const after = usage();
    // Each contender is idle while the other is measured; the first round is not in its figures, and costs as well.
    const made = rounds * changes + Math.min(3, changes);
    const threads = after.map((times, at) => times.map((ms, thread) => (ms - (before[at]?.[thread] ?? 0)) / made));
    const [one, several] = figures;
    const [alone = [], shared = []] = threads;
    const faster = ratio(one?.lastMs.median, several?.lastMs.median);
    const share = ratio(Math.max(...alone), Math.max(...shared));
    return {
      id: "W9",
      title: `${streams} incremental streams x ${names.length} clusters on 1 and on ${many} worker threads, one endpoint changes`,
      columns: ["server", "CPU a change, ms", "of each worker, ms", "last stream, ms", "client CPU, ms", "RSS, MB"],
      rows: figures.map((each, at) => [
        each.name,
        spread(each.cpuMs),
        threads[at]?.map(number).join(" + ") ?? "-",
        spread(each.lastMs),
        spread(each.clientMs),
        number(each.residentMb),
      ]),
      goals: [
        goal(
          `${many} workers push ≥ ${0.8 * many} times as fast as one`,
          faster,
          0.8 * many,
          cores.count < NEEDED &&
            `needs ${NEEDED} cores (two workers, the main thread, the client), this machine has ${cores.count}`,
        ),
        goal(
          `the busiest of ${many} workers has ≤ 1/${0.8 * many} of the work of one that is alone`,
          share,
          0.8 * many,
          false,
        ),
      ],
      notes: [],
      bars: [],
    };
  },
};

function goal(text: string, times: number | undefined, least: number, hindrance: string | false): Goal {
  if (hindrance !== false) return { text, measured: hindrance, reached: "not run" };
  if (times === undefined || !Number.isFinite(times)) return { text, measured: "not measured", reached: "not run" };
  return { text, measured: `${times.toPrecision(2)}x`, reached: times >= least ? "yes" : "no" };
}
