import { ratioGoal } from "../results/result.ts";
import { measurePush, named, PUSH_COLUMNS, pushRow, ratio } from "./push-figures.ts";
import { sized, type Workload } from "./workload.ts";

/** Three times the streams cost three times as much. */
export const w3: Workload = {
  id: "W3",
  since: "full",
  async run(around) {
    const few = sized(around.size, 10, 1000, 1000);
    const many = few * 3;
    const clusters = sized(around.size, 10, 100, 100);
    const rounds = sized(around.size, 1, 5, 7);
    const changes = sized(around.size, 2, 10, 10);
    const common = { clusters, dialect: "delta", changes, peerChanges: changes } as const;
    const measured = await measurePush(
      around,
      [
        { ...common, name: "w3-few", streams: few, peers: [] },
        { ...common, name: "w3-many", streams: many, peers: ["snapshot"] },
      ],
      rounds,
    );
    const atFew = measured.get("w3-few") ?? [];
    const atMany = measured.get("w3-many") ?? [];
    const perStream = (at: typeof atFew, streams: number) => ratio(named(at, "portolan, file")?.cpuMs?.median, streams);
    return {
      id: "W3",
      title: `${few} and ${many} incremental streams x ${clusters} clusters, one endpoint changes`,
      columns: ["streams", ...PUSH_COLUMNS],
      rows: [
        ...atFew.map((figures) => [String(few), ...pushRow(figures)]),
        ...atMany.map((figures) => [String(many), ...pushRow(figures)]),
      ],
      goals: [
        ratioGoal(
          `CPU a stream at ${many} streams ≤ 1.2x that at ${few}`,
          ratio(perStream(atMany, many), perStream(atFew, few)),
          1.2,
          `that at ${few}`,
        ),
      ],
      notes: [],
      bars: [],
    };
  },
};
