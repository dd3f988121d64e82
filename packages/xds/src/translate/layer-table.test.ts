import { defaultMeshSettings, emptySnapshot, type MeshSnapshot } from "@portolan/model";
import { expect, test } from "vitest";
import { layerId } from "../snapshot/ids.ts";
import { type Dirty, EVERYTHING, NOTHING } from "./dirty.ts";
import type { PlannedLayer } from "./layer-plan.ts";
import { createLayerTable } from "./layer-table.ts";

const mesh: MeshSnapshot = emptySnapshot(defaultMeshSettings());
/** A table whose layers write down what is done to them. */
function counted() {
  const table = createLayerTable();
  const visits: string[] = [];
  const plan = (...ids: readonly string[]): readonly PlannedLayer[] =>
    ids.map((id) => ({
      id,
      scope: undefined,
      make: () => ({
        id: layerId(id),
        follow: (_mesh: MeshSnapshot, dirty: Dirty) =>
          void visits.push(`${dirty === EVERYTHING ? "make" : "follow"} ${id}`),
        takeUpdate: () => {
          visits.push(`take ${id}`);
          return { layer: layerId(id), set: [], removed: [] };
        },
        close: () => void visits.push(`close ${id}`),
      }),
    }));
  /** As `mesh-translation` does when a view comes. */
  const come = (...ids: readonly string[]) => {
    table.list(plan(...ids), []);
    table.followMade(mesh);
    return table.takeUpdates().map(({ layer }) => `${layer}`);
  };
  const go = (...ids: readonly string[]) => {
    table.unlist(ids);
    return table.dropUnused();
  };
  return { table, visits, plan, come, go };
}

test("F-04 a view that comes or goes visits its own layers, however many others there are", () => {
  const { visits, come, go } = counted();
  for (let at = 0; at < 1000; at++) come("shared", `own ${at}`);
  // Each layer was brought up to date and looked at once.
  expect(visits.length).toBe(2 * 1001);
  visits.length = 0;
  for (let at = 0; at < 1000; at++)
    expect(go("shared", `own ${at}`)).toEqual(at < 999 ? [`own ${at}`] : ["shared", "own 999"]);
  expect(visits.length, "each is closed once").toBe(1001);
});

test("what a change touches is followed by all that is listed; what was made meanwhile from the beginning", () => {
  const { table, visits, plan, come } = counted();
  come("a", "b");
  table.list(plan("c"), []);
  visits.length = 0;
  table.followAll(mesh, NOTHING);
  expect(visits).toEqual(["follow a", "take a", "follow b", "take b", "make c", "take c"]);
  expect(table.takeUpdates().length).toBe(3);
  expect(table.takeUpdates(), "once").toEqual([]);
});

test("a layer that is listed again before the unused ones are dropped stays", () => {
  const { table, visits, plan, come } = counted();
  come("a");
  table.list(plan("a"), ["a"]);
  table.unlist(["a"]);
  table.list(plan("a"), []);
  expect(table.dropUnused()).toEqual([]);
  table.unlist(["a"]);
  expect(table.dropUnused()).toEqual(["a"]);
  expect(visits.at(-1)).toBe("close a");
});
