import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { spreadOf } from "../load/statistics.ts";
import type { Cores } from "../machine/cores.ts";
import { type Goal, spread, type WorkloadResult } from "../results/result.ts";
import { atLeast } from "./goals.ts";
import type { Programs } from "./programs.ts";
import type { Questions } from "./questions.ts";
import type { Loaded, Size } from "./rounds.ts";
import { type Place, type Server, startThreaded } from "./servers.ts";

/** Two for the servers, two for the load. */
const CORES = 4;
/** Clients: the system gives each socket of a shared port some of them, evenly where there are many. */
const CLIENTS = 16;
const WINDOW = 8;

/** G8: what a second thread adds. With fewer cores than it takes, the servers run all the same, but their figures say nothing. */
export async function measureWorkers(
  programs: Programs,
  cores: Cores,
  directory: string,
  questions: Questions,
  { rounds, seconds }: Size,
  date: string,
): Promise<WorkloadResult> {
  const enough = cores.count >= CORES && cores.pinned;
  const on = (list: string): Place =>
    enough ? (command) => ["taskset", "-c", list, ...command] : (command) => command;
  const servers = await startThreaded(programs, on("0,1"), directory);
  const measured = new Map<Server, number[]>(servers.map((server) => [server, []]));
  try {
    for (let round = 0; round < (enough ? rounds : 1); round++) {
      for (const [server, figures] of measured) {
        figures.push(await askAll(programs.load as string, on("2,3"), server, questions.hit, enough ? seconds : 0.2));
      }
    }
  } finally {
    for (const server of servers) await server.stop();
  }
  const [one = [], two = [], coredns] = [...measured.values()];
  const ratio = (others: readonly number[]) => spreadOf(two.map((figure, i) => figure / (others[i] ?? Number.NaN)));
  const goals: readonly Goal[] = [
    atLeast("G8: 2 workers ≥ 1.7x one", ratio(one), 1.7, "one worker"),
    atLeast(
      "G8: 2 workers ahead of CoreDNS with GOMAXPROCS=2",
      coredns && ratio(coredns),
      1,
      "CoreDNS with GOMAXPROCS=2",
    ),
  ];
  const why = `${cores.count} cores: two servers' threads and the load need ${CORES}`;
  return {
    id: "G8",
    title: "worker threads",
    date,
    columns: enough ? ["server", "answers/s, k"] : [],
    rows: enough
      ? [...measured].map(([{ name }, figures]) => [name, spread(spreadOf(figures.map((figure) => figure / 1000)))])
      : [],
    goals: enough ? goals : goals.map(({ text }) => ({ text, measured: why, reached: "not run" })),
    notes: enough ? [`${CLIENTS} clients on two cores, the servers on two others.`] : [],
    bars: [],
  };
}

/** Answers a second to all clients together. */
async function askAll(load: string, place: Place, server: Server, questions: string, seconds: number): Promise<number> {
  const [program = "", ...args] = place([
    load,
    "127.0.0.1",
    String(server.port),
    questions,
    String(seconds),
    String(WINDOW),
  ]);
  const runs = await Promise.all(Array.from({ length: CLIENTS }, () => promisify(execFile)(program, args)));
  const loaded = runs.map(({ stdout }) => JSON.parse(stdout) as Loaded);
  return loaded.reduce((sum, one) => sum + one.received / one.seconds, 0);
}
