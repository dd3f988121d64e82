import { expect, test } from "vitest";
import { describeWithEnvoy } from "../testing/needs-envoy.ts";
import { temporaryFolder } from "../testing/temporary-folder.ts";
import { createEnvoyHistories } from "./envoy-history.ts";

describeWithEnvoy("random histories with a real Envoy as the client", () => {
  test.each(["sotw", "delta"] as const)(
    "%s: after each of 5 it has what it should, bad versions left aside",
    async (dialect) => {
      await using folder = await temporaryFolder();
      await using histories = await createEnvoyHistories(folder, dialect);
      for (let seed = 1; seed <= 5; seed++) {
        const wrong = await histories.play(seed);
        expect({ seed, wrong }).toEqual({ seed, wrong: [] });
      }
    },
  );
});
