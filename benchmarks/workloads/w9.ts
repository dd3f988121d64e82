import { sized, type Workload } from "./workload.ts";

const NEEDED = 4;

/** Worker threads push in parallel. */
export const w9: Workload = {
  id: "W9",
  since: "smoke",
  async run(around) {
    const { count } = around.cores;
    const reason =
      count < NEEDED
        ? `needs ${NEEDED} cores (two workers, the main thread, the client), this machine has ${count}`
        : "the server does not start workers yet";
    return {
      id: "W9",
      title: `${sized(around.size, 20, 1000, 1000)} streams on worker threads`,
      columns: [],
      rows: [],
      goals: [{ text: "N workers push ≥ 0.8 N times as fast as one", measured: reason, reached: "not run" }],
      notes: [],
      bars: [],
    };
  },
};
