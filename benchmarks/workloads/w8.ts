import { setTimeout as delay } from "node:timers/promises";
import { connectFleet } from "../load/fleet.ts";
import { cpuMs, residentBytes, wakeups } from "../machine/process-usage.ts";
import { limitGoal, number } from "../results/result.ts";
import { clusters } from "../servers/corpus.ts";
import { type PortolanServer, startPortolan } from "../servers/portolan.ts";
import { sized, type Workload } from "./workload.ts";

// A connection is pinged every 30 s and answers.
const KEEPALIVE_MS = 30_000;

/** Who is connected and has everything costs nothing. */
export const w8: Workload = {
  id: "W8",
  since: "smoke",
  async run(around) {
    const streams = sized(around.size, 20, 1000, 1000);
    const services = sized(around.size, 10, 100, 100);
    const idleMs = sized(around.size, 500, 15_000, 60_000);
    const directory = await around.folder("w8");
    const start = (name: string) => startPortolan({ ...around, directory: `${directory}/${name}`, services });
    await using without = await start("without");
    await using with_ = await start("with");
    const fleet = await connectFleet(with_, { streams, dialect: "delta", names: clusters(services) });
    await delay(sized(around.size, 100, 2000, 5000));
    around.say(`w8: ${streams} streams are idle for ${idleMs / 1000} s`);
    const look = (pid: number) => ({
      cpu: cpuMs(pid) ?? Number.NaN,
      wakeups: wakeups(pid) ?? Number.NaN,
      resident: residentBytes(pid) ?? Number.NaN,
    });
    const servers = [without, with_].map((server) => ({
      server,
      pid: server.process.pid,
      before: look(server.process.pid),
    }));
    const responses = fleet.swarm.traffic.responses;
    await delay(idleMs);
    const messages = fleet.swarm.traffic.responses - responses;
    const minutes = idleMs / 60_000;
    const afterwards = servers.map(({ pid }) => look(pid));
    const heaps = await Promise.all(servers.map(({ server }) => heapBytes(server)));
    const figures = servers.map(({ before }, at) => {
      const after = afterwards[at] ?? before;
      return {
        cpu: (after.cpu - before.cpu) / minutes,
        wakeups: (after.wakeups - before.wakeups) / minutes,
        resident: after.resident,
      };
    });
    fleet.swarm.disconnect();
    const [none, all] = figures;
    const perStream = ((all?.resident ?? Number.NaN) - (none?.resident ?? Number.NaN)) / 1024 / streams;
    const wakeupsAStream = ((all?.wakeups ?? Number.NaN) - (none?.wakeups ?? Number.NaN)) / streams;
    return {
      id: "W8",
      title: `${streams} idle incremental streams x ${services} clusters`,
      columns: ["streams", "CPU a minute, ms", "wake-ups a minute", "RSS, MB", "JavaScript heap in use, MB"],
      rows: figures.map(({ cpu, wakeups, resident }, at) => [
        at === 0 ? "0" : String(streams),
        number(cpu),
        number(wakeups),
        number(resident / 2 ** 20),
        number((heaps[at] ?? Number.NaN) / 2 ** 20),
      ]),
      goals: [
        limitGoal("messages to idle streams", messages, 0, "messages"),
        limitGoal(
          "nothing wakes for a stream but its keepalive (ping and answer, twice a minute)",
          wakeupsAStream,
          (2 * 60_000) / KEEPALIVE_MS,
          "wake-ups a stream and minute",
        ),
        limitGoal("RSS a stream ≤ 60 KB above a process without streams", perStream, 60, "KB"),
      ],
      notes: ["Two processes of the same server, one without streams; garbage that was not collected counts as RSS."],
      bars: [],
    };
  },
};

/** Garbage that was not collected yet included. */
async function heapBytes(server: PortolanServer): Promise<number> {
  const bytes = /^nodejs_heap_size_used_bytes (\S+)$/m.exec(await server.ask("GET", "/metrics"))?.[1];
  return bytes === undefined ? Number.NaN : Number(bytes);
}
