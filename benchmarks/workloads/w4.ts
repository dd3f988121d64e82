import { ratioGoal } from "../results/result.ts";
import { bestPeer, measurePush, named, PUSH_COLUMNS, pushRow, ratio } from "./push-figures.ts";
import { sized, type Workload } from "./workload.ts";

/** The same in the state-of-the-world protocol. */
export const w4: Workload = {
  id: "W4",
  since: "smoke",
  async run(around) {
    const streams = sized(around.size, 10, 500, 500);
    const clusters = sized(around.size, 10, 100, 100);
    const rounds = sized(around.size, 1, 5, 9);
    const changes = sized(around.size, 2, 10, 20);
    const measured = await measurePush(
      around,
      [
        {
          name: "w4",
          streams,
          clusters,
          dialect: "sotw",
          peers: ["snapshot", "linear"],
          changes,
          peerChanges: Math.ceil(changes / 2),
        },
      ],
      rounds,
    );
    const figures = measured.get("w4") ?? [];
    const peer = bestPeer(figures);
    return {
      id: "W4",
      title: `${streams} state-of-the-world streams x ${clusters} clusters, one endpoint changes`,
      columns: PUSH_COLUMNS,
      rows: figures.map((each) => pushRow(each)),
      goals: ["file", "API"].map((way) =>
        ratioGoal(
          `CPU ≤ 0.5x the better cache of go-control-plane, ${way === "file" ? "by a file" : "through the API"}`,
          ratio(named(figures, `portolan, ${way}`)?.cpuMs?.median, peer?.cpuMs?.median),
          0.5,
          "go-control-plane",
        ),
      ),
      notes: [],
      bars: figures.flatMap(({ name, cpuMs }) => (cpuMs === undefined ? [] : [{ label: name, value: cpuMs.median }])),
    };
  },
};
