import { type Goal, ratioGoal } from "../results/result.ts";
import { bestPeer, measurePush, named, PUSH_COLUMNS, pushRow, ratio } from "./push-figures.ts";
import { sized, type Workload } from "./workload.ts";

/** What one change costs must not grow with what did not change. */
export const w2: Workload = {
  id: "W2",
  since: "smoke",
  async run(around) {
    const streams = sized(around.size, 5, 50, 50);
    const few = sized(around.size, 10, 100, 100);
    const many = sized(around.size, 250, 10_000, 10_000);
    const rounds = sized(around.size, 1, 3, 7);
    const changes = sized(around.size, 2, 20, 40);
    const peerChanges = sized(around.size, 2, 3, 10);
    const common = { streams, dialect: "delta", changes, peerChanges } as const;
    const measured = await measurePush(
      around,
      [
        { ...common, name: "w2-few", clusters: few, peers: ["snapshot", "linear"] },
        { ...common, name: "w2-many", clusters: many, peers: ["snapshot", "linear"] },
      ],
      rounds,
    );
    const atFew = measured.get("w2-few") ?? [];
    const atMany = measured.get("w2-many") ?? [];
    const peer = bestPeer(atMany);
    const goals = ["file", "API"].flatMap((way): Goal[] => {
      const cpu = named(atMany, `portolan, ${way}`)?.cpuMs?.median;
      const before = named(atFew, `portolan, ${way}`)?.cpuMs?.median;
      const by = way === "file" ? "by a file that holds 100 documents" : "through the API";
      return [
        ratioGoal(`CPU at ${many} clusters ≤ 1.5x that at ${few}, ${by}`, ratio(cpu, before), 1.5, `that at ${few}`),
        ratioGoal(
          `CPU at ${many} clusters ≤ 1/40 of go-control-plane, ${by}`,
          ratio(cpu, peer?.cpuMs?.median),
          1 / 40,
          "go-control-plane",
        ),
      ];
    });
    return {
      id: "W2",
      title: `${streams} incremental streams x ${few} and ${many} clusters, one endpoint changes`,
      columns: ["clusters", ...PUSH_COLUMNS],
      rows: [
        ...atFew.map((figures) => [String(few), ...pushRow(figures)]),
        ...atMany.map((figures) => [String(many), ...pushRow(figures)]),
      ],
      goals,
      notes: [],
      bars: atMany.flatMap(({ name, cpuMs }) => (cpuMs === undefined ? [] : [{ label: name, value: cpuMs.median }])),
    };
  },
};
