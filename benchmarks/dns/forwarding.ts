import type { Cores } from "../machine/cores.ts";
import { spread, type WorkloadResult } from "../results/result.ts";
import { atLeast } from "./goals.ts";
import type { Programs } from "./programs.ts";
import type { Questions } from "./questions.ts";
import { type Course, figure, type Round, ratio, runRounds, type Size } from "./rounds.ts";
import { type Server, startForwarding, startUpstream } from "./servers.ts";

interface Forwarded {
  readonly courses: readonly Course[];
  readonly results: ReadonlyMap<Course, readonly Round[]>;
}

/** G7: names that an upstream knows, each time asked for there, or kept. */
export async function measureForwarding(
  programs: Programs,
  cores: Cores,
  directory: string,
  questions: Questions,
  size: Size,
  date: string,
): Promise<WorkloadResult> {
  const relayed = await forwarded(programs, cores, directory, questions.elsewhere, false, size);
  const kept = await forwarded(programs, cores, directory, questions.elsewhereFew, true, size);
  const between = ({ courses, results }: Forwarded) => {
    const [ours, theirs] = courses;
    return ours === undefined || theirs === undefined ? undefined : ratio(results.get(ours), results.get(theirs));
  };
  return {
    id: "G7",
    title: "UDP, names of an upstream",
    date,
    columns: ["server", "questions", "answers per CPU second, k", "answers/s, k"],
    rows: [relayed, kept].flatMap(({ courses, results }) =>
      courses.map((course) => [
        course.server.name,
        course.title,
        spread(figure(results.get(course), ({ perCpuSecond }) => perCpuSecond / 1000)),
        spread(figure(results.get(course), ({ received, seconds }) => received / seconds / 1000)),
      ]),
    ),
    goals: [
      atLeast("G7: relayed ≥ 1.2x CoreDNS forward", between(relayed), 1.2, "CoreDNS forward"),
      atLeast("G7: from the cache ≥ 1.0x CoreDNS cache", between(kept), 1, "CoreDNS cache"),
    ],
    notes: [
      "Relayed: 20,000 names, caches off. Kept: 1,000 names with a TTL of an hour. The upstream shares the load's core.",
    ],
    bars: [],
  };
}

async function forwarded(
  programs: Programs,
  cores: Cores,
  directory: string,
  questions: string,
  cached: boolean,
  size: Size,
): Promise<Forwarded> {
  const open: Server[] = [];
  try {
    const upstream = await startUpstream(programs.upstream as string, cached ? 3600 : 0);
    open.push(upstream);
    const servers = await startForwarding(programs, cores, directory, upstream.port, cached);
    open.push(...servers);
    const title = cached ? "from the cache" : "relayed";
    const courses = servers.map((server): Course => ({ title, server, questions }));
    return { courses, results: await runRounds(programs.load as string, courses, size) };
  } finally {
    for (const server of open) await server.stop();
  }
}
