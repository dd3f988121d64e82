import { expect, test } from "vitest";
import { describeWithEnvoy } from "../testing/needs-envoy.ts";
import { runFlips } from "./flips.ts";

describeWithEnvoy("P-67 blue and green, by clusters that come and go", () => {
  test.each(["sotw", "delta"] as const)(
    "%s: 40 flips under 200 requests a second, and no answer but 200",
    async (dialect) => {
      const { answers, requests, wrong, rejected, warming } = await runFlips({ dialect, flips: 40, rate: 200 });
      expect(answers).toEqual({ 200: requests });
      expect(wrong).toEqual([]);
      expect({ rejected, warming }).toEqual({ rejected: 0, warming: 0 });
      expect(requests).toBeGreaterThan(100);
    },
  );
});
