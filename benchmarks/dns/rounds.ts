import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { type Spread, spreadOf } from "../load/statistics.ts";
import { cpuMs } from "../machine/process-usage.ts";
import type { Server } from "./servers.ts";

/** One round of load, as the generator tells it. */
export interface Loaded {
  readonly sent: number;
  readonly received: number;
  readonly lost: number;
  readonly seconds: number;
  readonly noError: number;
  readonly nxdomain: number;
  readonly meanMs: number;
  readonly p99Ms: number;
}

export interface Round extends Loaded {
  readonly cpuSeconds: number;
  /** Answers a second of the server's CPU time. */
  readonly perCpuSecond: number;
}

/** What is asked of whom. */
export interface Course {
  readonly title: string;
  readonly server: Server;
  readonly questions: string;
  /** Questions a second; none: as many as are answered. */
  readonly rate?: number;
}

export interface Size {
  readonly rounds: number;
  readonly seconds: number;
}

/** Questions under way: enough that no server waits for the load. */
const WINDOW = 64;

/** Every course once a round, the rounds one after the other, so that what disturbs the machine disturbs all alike. */
export async function runRounds(
  load: string,
  courses: readonly Course[],
  { rounds, seconds }: Size,
): Promise<ReadonlyMap<Course, readonly Round[]>> {
  const results = new Map<Course, Round[]>(courses.map((course) => [course, []]));
  for (const course of courses) await runOnce(load, course, Math.min(2, seconds));
  for (let round = 0; round < rounds; round++) {
    for (const course of courses) results.get(course)?.push(await runOnce(load, course, seconds));
  }
  return results;
}

async function runOnce(load: string, { server, questions, rate }: Course, seconds: number): Promise<Round> {
  const words = ["127.0.0.1", server.port, questions, seconds, WINDOW, ...(rate === undefined ? [] : [rate])];
  const before = cpuMs(server.pid) ?? Number.NaN;
  const { stdout } = await promisify(execFile)(load, words.map(String));
  const cpuSeconds = ((cpuMs(server.pid) ?? Number.NaN) - before) / 1000;
  const loaded = JSON.parse(stdout) as Loaded;
  return { ...loaded, cpuSeconds, perCpuSecond: loaded.received / cpuSeconds };
}

/** The spread of a figure over rounds. */
export function figure(rounds: readonly Round[] | undefined, of: (round: Round) => number): Spread | undefined {
  return rounds === undefined || rounds.length === 0 ? undefined : spreadOf(rounds.map(of));
}

/** The median over rounds of the ratio within each round. */
export function ratio(ours: readonly Round[] | undefined, others: readonly Round[] | undefined): Spread | undefined {
  if (ours === undefined || others === undefined) return undefined;
  return spreadOf(ours.map((round, i) => round.perCpuSecond / (others[i]?.perCpuSecond ?? Number.NaN)));
}
