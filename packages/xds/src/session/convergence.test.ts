import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createHistory, type Happening } from "../testing/history.ts";

const number = fc.nat({ max: 40 });
const changes: fc.Arbitrary<Happening> = fc.oneof(
  fc.record({ kind: fc.constant("service"), at: number, version: number }),
  fc.record({ kind: fc.constant("endpoints"), at: number, version: number }),
  fc.record({ kind: fc.constant("route"), at: number, to: fc.array(number, { maxLength: 3 }), version: number }),
  fc.record({ kind: fc.constant("listener"), at: number, version: number }),
);
const travel: fc.Arbitrary<Happening> = fc.constantFrom(
  { kind: "deliver" },
  { kind: "upload" },
  { kind: "deliver" },
  { kind: "upload" },
  { kind: "stall" },
);
const breaks: fc.Arbitrary<Happening> = fc.constantFrom({ kind: "reconnect" }, { kind: "restart" });

function histories(withBreaks: boolean) {
  const happening = fc.oneof(
    { weight: 6, arbitrary: changes },
    { weight: 12, arbitrary: travel },
    { weight: withBreaks ? 1 : 0, arbitrary: breaks },
  );
  return fc.array(happening, { maxLength: 80 });
}

/** What the client uses: all clusters and listeners, and what these name. */
function used(wished: ReadonlyMap<string, string>): Map<string, string> {
  return new Map(
    [...wished].filter(([key]) => {
      const [type = "", name = ""] = key.split(" ");
      return type !== "RDS" || wished.has(`LDS l${name.slice(1)}`);
    }),
  );
}

describe.each(["sotw", "delta"] as const)("%s", (dialect) => {
  test("convergence: after any history the client has what the snapshot holds of what it asks for, and idle sends nothing", () => {
    fc.assert(
      fc.property(histories(true), (happenings) => {
        const history = createHistory({ dialect, names: true, bad: false });
        for (const happening of happenings) history.happen(happening);
        history.finish();
        expect(new Map([...history.client.state()].sort())).toEqual(new Map([...used(history.wished())].sort()));
        expect([...history.client.warming]).toEqual([]);
        expect(history.settled).toBe(true);
        expect(history.finish()).toBe(0);
      }),
      { numRuns: 400 },
    );
  });

  test("make before break: at no time does a route name a cluster that is not there, or has no endpoints", () => {
    fc.assert(
      fc.property(histories(false), (happenings) => {
        const history = createHistory({ dialect, names: true, bad: false });
        for (const happening of happenings) history.happen(happening);
        history.finish();
        expect(history.client.complaints).toEqual([]);
      }),
      { numRuns: 400 },
    );
  });

  test.each([true, false])("a bad version is never used, and holds nothing else back (named: %s)", (names) => {
    fc.assert(
      fc.property(histories(false), (happenings) => {
        const history = createHistory({ dialect, names, bad: true });
        for (const happening of happenings) history.happen(happening);
        const needed = history.finish();
        const state = history.client.state();
        for (const [key, version] of history.wished()) {
          const parent = key.replace(/^EDS/, "CDS").replace(/^RDS r/, "LDS l");
          if (version.startsWith("bad")) expect(state.get(key)).not.toBe(version);
          else if (state.has(parent)) expect([key, state.get(key)]).toEqual([key, version]);
        }
        for (const key of state.keys()) {
          if (key.startsWith("CDS") || key.startsWith("LDS")) expect(history.wished().has(key)).toBe(true);
        }
        expect(needed).toBeLessThan(100);
        expect(history.finish()).toBe(0);
      }),
      { numRuns: 400 },
    );
  });
});

test("dialects agree: the same history ends in the same state", () => {
  fc.assert(
    fc.property(histories(true), (happenings) => {
      const [sotw, delta] = (["sotw", "delta"] as const).map((dialect) => {
        const history = createHistory({ dialect, names: true, bad: false });
        for (const happening of happenings) history.happen(happening);
        history.finish();
        return [...history.client.state()].sort();
      });
      expect(sotw).toEqual(delta);
    }),
    { numRuns: 200 },
  );
});
