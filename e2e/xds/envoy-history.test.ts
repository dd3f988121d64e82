import { expect, test } from "vitest";
import { describeWithEnvoy } from "../testing/needs-envoy.ts";
import { temporaryFolder } from "../testing/temporary-folder.ts";
import { createEnvoyHistories } from "./envoy-history.ts";

describeWithEnvoy("random histories with a real Envoy as the client", () => {
  test.each([
    ["sotw", 0, 5],
    ["delta", 0, 5],
    // Envoy waits longer for a server that takes longer to be there again.
    ["sotw", 2, 1],
    ["delta", 2, 1],
  ] as const)(
    "%s, workers: %i: after each of %i it has what it should, bad versions left aside",
    async (dialect, workers, last) => {
      await using folder = await temporaryFolder();
      await using histories = await createEnvoyHistories(folder, dialect, workers);
      for (let seed = 1; seed <= last; seed++) {
        const wrong = await histories.play(seed);
        expect({ seed, wrong }).toEqual({ seed, wrong: [] });
      }
    },
  );
});
