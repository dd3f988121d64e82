import { number, spread, type WorkloadResult } from "../results/result.ts";
import { atLeast, atMost } from "./goals.ts";
import type { Questions } from "./questions.ts";
import { type Course, figure, type Round, ratio, runRounds, type Size } from "./rounds.ts";
import type { Server } from "./servers.ts";

const RATE = 5_000;

/** G1 to G6: names that the servers know. */
export async function measureAnswers(
  load: string,
  servers: readonly Server[],
  questions: Questions,
  size: Size,
  date: string,
): Promise<readonly WorkloadResult[]> {
  const find = (name: string) => servers.find((server) => server.name === name);
  const ours = find("portolan") as Server;
  const hits = servers.map((server): Course => ({ title: "A", server, questions: questions.hit }));
  const edns = [ours, find("CoreDNS hosts"), find("dnsmasq")]
    .filter((server) => server !== undefined)
    .map((server): Course => ({ title: "A with EDNS", server, questions: questions.hitEdns }));
  const others: readonly Course[] = [
    { title: "no data, SOA", server: ours, questions: questions.noData },
    { title: "NXDOMAIN, SOA", server: ours, questions: questions.nameError },
  ];
  const courses = [...hits, ...edns, ...others];
  const results = await runRounds(load, courses, size);
  const of = (name: string, title = "A") =>
    results.get(courses.find((course) => course.server.name === name && course.title === title) as Course);
  const hit = of("portolan");
  const versus = (name: string, title = "A") => ratio(of("portolan", title), of(name, title));
  const within = (title: string) => ratio(of("portolan", title), hit);
  const rates = [ours, find("dgram echo")].filter((server) => server !== undefined);
  const steadies = await measureRate(load, rates, questions, size);
  const steady = [...steadies.values()][0] ?? [];
  return [
    {
      id: "G1-G5",
      title: "UDP, 1,000 names, as many questions as the server answers",
      date,
      columns: ["server", "questions", "answers per CPU second, k", "answers/s, k", "of the echo", "lost"],
      rows: courses.map((course) => {
        const rounds = results.get(course) ?? [];
        const thousands = (value: (round: Round) => number) => spread(figure(rounds, (round) => value(round) / 1000));
        return [
          course.server.name,
          course.title,
          thousands((round) => round.perCpuSecond),
          thousands((round) => round.received / round.seconds),
          number(ratio(rounds, of("dgram echo"))?.median),
          `${rounds.reduce((sum, { lost }) => sum + lost, 0)} of ${rounds.reduce((sum, { sent }) => sum + sent, 0)}`,
        ];
      }),
      goals: [
        atLeast("G1: A ≥ 0.80x a dgram echo", versus("dgram echo"), 0.8, "dgram echo"),
        atLeast("G2: A ≥ 1.1x CoreDNS hosts", versus("CoreDNS hosts"), 1.1, "CoreDNS hosts"),
        atLeast("G2: A with EDNS ≥ 1.2x CoreDNS hosts", versus("CoreDNS hosts", "A with EDNS"), 1.2, "CoreDNS hosts"),
        atLeast("G3: A ≥ 0.70x dnsmasq (0.80 hoped for)", versus("dnsmasq"), 0.7, "dnsmasq"),
        atLeast("G4: A ≥ 1.8x a dns2 handler", versus("dns2"), 1.8, "dns2"),
        atLeast("G5: no data with SOA ≥ 0.9x a hit", within("no data, SOA"), 0.9, "a hit"),
        atLeast("G5: NXDOMAIN with SOA ≥ 0.9x a hit", within("NXDOMAIN, SOA"), 0.9, "a hit"),
        atLeast("G5: EDNS ≥ 0.95x without", within("A with EDNS"), 0.95, "a hit"),
      ],
      notes: [
        "The echo sends each message back when it comes, as a plain program does; the server sends what one turn of its event loop gave at the turn's end.",
      ],
      bars: [],
    },
    {
      id: "G6",
      title: `${RATE} questions a second, sent at their time whether answered or not`,
      date,
      columns: ["server", "of a core", "mean, ms", "p99, ms", "lost"],
      rows: [...steadies].map(([{ server }, rounds]) => [
        server.name,
        spread(figure(rounds, (round) => round.cpuSeconds / round.seconds)),
        spread(figure(rounds, ({ meanMs }) => meanMs)),
        spread(figure(rounds, ({ p99Ms }) => p99Ms)),
        `${rounds.reduce((sum, { lost }) => sum + lost, 0)} of ${rounds.reduce((sum, { sent }) => sum + sent, 0)}`,
      ]),
      goals: [
        atMost(
          "G6: ≤ 0.20 of a core",
          figure(steady, (round) => round.cpuSeconds / round.seconds),
          0.2,
          "core",
        ),
        atMost(
          "G6: mean ≤ 0.10 ms",
          figure(steady, ({ meanMs }) => meanMs),
          0.1,
          "ms",
        ),
        atMost(
          "G6: p99 ≤ 1 ms",
          figure(steady, ({ p99Ms }) => p99Ms),
          1,
          "ms",
        ),
      ],
      notes: ["What the echo takes at this rate is what waking up costs in Node."],
      bars: [],
    },
  ];
}

async function measureRate(
  load: string,
  servers: readonly Server[],
  questions: Questions,
  size: Size,
): Promise<ReadonlyMap<Course, readonly Round[]>> {
  const courses = servers.map((server): Course => ({ title: "rate", server, questions: questions.hit, rate: RATE }));
  return runRounds(load, courses, size);
}
