import { setTimeout as delay } from "node:timers/promises";
import { changeAddress } from "../../packages/sdk/src/bench/change-address.ts";
import { churn } from "../load/churn.ts";
import { connectFleet } from "../load/fleet.ts";
import { openLoop } from "../load/open-loop.ts";
import { limitGoal, number } from "../results/result.ts";
import { clusters } from "../servers/corpus.ts";
import { type PortolanServer, startPortolan } from "../servers/portolan.ts";
import { sized, type Workload } from "./workload.ts";

/** Machines that register, besides the services that change. */
const MACHINES = 2000;
const SERVICES = 100;

/** The admin API under load, while endpoints change, and what is left of it after kill -9. */
export const w10: Workload = {
  id: "W10",
  since: "smoke",
  async run(around) {
    const streams = sized(around.size, 5, 100, 100);
    const services = sized(around.size, 20, 1000, 1000);
    const churnRate = sized(around.size, 20, 300, 1000);
    const rate = sized(around.size, 50, 300, 1000);
    const durationMs = sized(around.size, 500, 6000, 30_000);
    const directory = await around.folder("w10");
    const names = clusters(services);
    const options = { ...around, directory, services, throughApi: services };
    const kept = new Map<string, number>();
    const measured = await (async () => {
      await using server = await startPortolan(options);
      const [way] = server.ways;
      if (way === undefined) throw new Error("nothing can be changed");
      await server.ask(
        "POST",
        "/api/v1/apply",
        Array.from({ length: SERVICES }, (_, at) => registryService(at)).join("---\n"),
      );
      const fleet = await connectFleet(server, { streams, dialect: "delta", names });
      around.say(`w10: ${churnRate} changes a second alone`);
      const alone = await churn(fleet, way, churnRate, durationMs);
      await delay(500);
      fleet.latencies.clear();
      around.say(`w10: ${churnRate} changes and ${rate} registrations a second`);
      const [beside, registrations] = await Promise.all([
        churn(fleet, way, churnRate, durationMs),
        openLoop(rate, durationMs, async (at) => {
          await server.ask("POST", "/api/v1/apply", registration(at));
          const machine = machineOf(at);
          kept.set(machine, Math.max(at, kept.get(machine) ?? 0));
        }),
      ]);
      fleet.swarm.disconnect();
      await server.process.stop("SIGKILL");
      return { alone, beside, registrations };
    })();
    around.say("w10: started again after kill -9");
    await using again = await startPortolan({ ...options, again: true });
    const lost = await countLost(again, kept);
    const { alone, beside, registrations } = measured;
    const { p50Ms, p99Ms, maxMs } = registrations.answers.summary();
    const worse = beside.receipt.p99Ms / alone.receipt.p99Ms;
    return {
      id: "W10",
      title: `the admin API: ${rate} machines register a second while ${churnRate} endpoints change a second (${streams} streams x ${services} clusters)`,
      columns: ["what", "p50, ms", "p99, ms", "max, ms", "failed"],
      rows: [
        ["registration, answered", number(p50Ms), number(p99Ms), number(maxMs), String(registrations.failed)],
        [
          "change to receipt, alone",
          number(alone.receipt.p50Ms),
          number(alone.receipt.p99Ms),
          number(alone.receipt.maxMs),
          String(alone.failed),
        ],
        [
          "change to receipt, beside it",
          number(beside.receipt.p50Ms),
          number(beside.receipt.p99Ms),
          number(beside.receipt.maxMs),
          String(beside.failed),
        ],
      ],
      goals: [
        limitGoal("registrations are answered within 20 ms (p99)", p99Ms, 20, "ms"),
        limitGoal("changes reach the streams at most 10 % later (p99)", worse, 1.1, "times as late"),
        limitGoal("acknowledged registrations that are missing after kill -9", lost, 0, `of ${kept.size} machines`),
      ],
      notes: [
        "100 connections, open loop: a request counts from when it was due. Every registration is a write of its own, answered when it is durable.",
      ],
      bars: [],
    };
  },
};

function machineOf(at: number): string {
  return `m${at % MACHINES}`;
}

function registryService(service: number): string {
  return `apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: { name: r${service}, namespace: registered }
spec:
  hosts: [r${service}.registered.test]
  location: MESH_INTERNAL
  resolution: STATIC
  ports:
    - { number: 8000, name: http, protocol: HTTP }
  workloadSelector: { labels: { app: r${service} } }
`;
}

function registration(at: number): string {
  return `apiVersion: networking.istio.io/v1
kind: WorkloadEntry
metadata: { name: ${machineOf(at)}, namespace: registered }
spec:
  address: ${changeAddress(at)}
  labels: { app: r${(at % MACHINES) % SERVICES} }
`;
}

/** Machines that are not there with what was acknowledged last, or something later. */
async function countLost(server: PortolanServer, kept: ReadonlyMap<string, number>): Promise<number> {
  const { items } = JSON.parse(
    await server.ask("GET", "/api/v1/objects?kind=WorkloadEntry&namespace=registered&manifests=true"),
  );
  const found = new Map<string, string>(
    items.map((item: { name: string; manifest: { spec: { address: string } } }) => [
      item.name,
      item.manifest.spec.address,
    ]),
  );
  let lost = 0;
  for (const [machine, at] of kept) if ((found.get(machine) ?? "") < changeAddress(at)) lost++;
  return lost;
}
