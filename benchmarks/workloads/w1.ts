import { limitGoal, ratioGoal } from "../results/result.ts";
import { bestPeer, measurePush, named, PUSH_COLUMNS, pushRow, ratio } from "./push-figures.ts";
import { sized, type Workload } from "./workload.ts";

// istiod beside go-control-plane's snapshot cache on one machine, 2026-11-21: CPU 173 and 107 ms, last stream 527 and 76 ms.
const ISTIOD_CPU = 173 / 107;
const ISTIOD_LAST = 527 / 76;

/** One endpoint changes, many streams must know. */
export const w1: Workload = {
  id: "W1",
  since: "smoke",
  async run(around) {
    const streams = sized(around.size, 20, 1000, 1000);
    const clusters = sized(around.size, 10, 100, 100);
    const rounds = sized(around.size, 1, 5, 9);
    const changes = sized(around.size, 2, 10, 20);
    const measured = await measurePush(
      around,
      [
        {
          name: "w1",
          streams,
          clusters,
          dialect: "delta",
          peers: ["floor", "snapshot", "linear"],
          changes,
          peerChanges: changes,
        },
      ],
      rounds,
    );
    const figures = measured.get("w1") ?? [];
    const file = named(figures, "portolan, file");
    const api = named(figures, "portolan, API");
    const peer = bestPeer(figures);
    const snapshot = named(figures, "go-control-plane, snapshot cache");
    const floor = named(figures, "kernel floor");
    const cpu = ratio(file?.cpuMs?.median, peer?.cpuMs?.median);
    const last = ratio(file?.lastMs.median, peer?.lastMs.median);
    return {
      id: "W1",
      title: `${streams} incremental streams x ${clusters} clusters, one endpoint changes`,
      columns: PUSH_COLUMNS,
      rows: figures.map((each) => pushRow(each)),
      goals: [
        ratioGoal("must: CPU ≤ 0.5x go-control-plane (its better cache)", cpu, 0.5, "go-control-plane"),
        ratioGoal("goal: CPU ≤ 0.4x go-control-plane", cpu, 0.4, "go-control-plane"),
        ratioGoal(
          "must: CPU ≤ 0.3x istiod (its recorded ratio to the snapshot cache)",
          ratio(file?.cpuMs?.median, (snapshot?.cpuMs?.median ?? Number.NaN) * ISTIOD_CPU),
          0.3,
          "istiod",
        ),
        ratioGoal("moonshot: CPU ≤ 3x the kernel floor", ratio(file?.cpuMs?.median, floor?.cpuMs?.median), 3, "floor"),
        ratioGoal("last stream ≤ 0.5x go-control-plane, from the edit of a file", last, 0.5, "go-control-plane"),
        ratioGoal(
          "last stream ≤ 0.5x go-control-plane, through the API",
          ratio(api?.lastMs.median, peer?.lastMs.median),
          0.5,
          "go-control-plane",
        ),
        ratioGoal(
          "last stream ≤ 0.1x istiod (its recorded ratio to the snapshot cache)",
          ratio(file?.lastMs.median, (snapshot?.lastMs.median ?? Number.NaN) * ISTIOD_LAST),
          0.1,
          "istiod",
        ),
        ratioGoal("RSS ≤ 0.6x go-control-plane", ratio(file?.residentMb, peer?.residentMb), 0.6, "go-control-plane"),
        limitGoal(
          "the client is not the bottleneck: its CPU a change, beside the last stream",
          file?.clientMs.median,
          file?.lastMs.median ?? 0,
          "ms",
        ),
      ],
      notes: [
        "From the edit of a file, the last stream waits 20 ms longer by design: so long a file must be left alone to count as written, unless it was renamed into its place.",
      ],
      bars: figures.flatMap(({ name, cpuMs }) => (cpuMs === undefined ? [] : [{ label: name, value: cpuMs.median }])),
    };
  },
};
