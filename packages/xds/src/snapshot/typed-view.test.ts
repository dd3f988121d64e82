import { expect, test } from "vitest";
import { resourceOf, typeNamed } from "../testing/resources.ts";
import { createSnapshotStore } from "./create-snapshot-store.ts";
import { layerId, viewId } from "./ids.ts";
import { createSnapshotReplica } from "./replica.ts";
import { createTypedViews } from "./typed-view.ts";

const endpoints = typeNamed("EDS").typeUrl;
const listeners = typeNamed("LDS").typeUrl;
const common = layerId("common");
const own = layerId("own");
const a = viewId("a");
const b = viewId("b");

/** Two views: all that `a` has is in a layer of both, and `b` has another one for itself. */
function started() {
  const store = createSnapshotStore();
  const replica = createSnapshotReplica();
  store.subscribe((message) => void replica.apply(message));
  let revision = 0;
  const put = (layer: typeof common, type: string, name: string, version: string) =>
    store.update({ revision: ++revision, layers: [{ layer, set: [resourceOf(type, name, version)], removed: [] }] });
  store.update({
    revision: ++revision,
    views: [
      { view: a, layers: [common] },
      { view: b, layers: [own, common] },
    ],
  });
  put(common, "EDS", "e", "1");
  put(own, "LDS", "l", "1");
  return { store, replica, put };
}

test("views that list the same tables of a type share what holds of it, whatever else they list", () => {
  const { replica } = started();
  expect(replica.view(a)?.typed(endpoints)).toBe(replica.view(b)?.typed(endpoints));
  expect(replica.view(a)?.typed(listeners)).not.toBe(replica.view(b)?.typed(listeners));
  expect(replica.view(b)?.typed(listeners).find("l")?.version).toBe("1");
  expect(replica.view(a)?.typed(listeners).find("l")).toBeUndefined();
});

test("a position is the same object until something of its type changes", () => {
  const { replica, put } = started();
  const position = () => replica.view(a)?.typed(endpoints).position();
  const before = position();
  put(own, "LDS", "l", "2");
  put(common, "RDS", "r", "1");
  expect(position()).toBe(before);
  put(common, "EDS", "e", "2");
  expect(position()).not.toBe(before);
  expect(position()).toBe(replica.view(b)?.typed(endpoints).position());
});

test("a layer's first resource of a type, and another list of layers, part the views", () => {
  const { store, replica, put } = started();
  const before = replica.view(a)?.typed(endpoints);
  expect(replica.view(b)?.typed(endpoints)).toBe(before);
  put(own, "EDS", "x", "1");
  expect(replica.view(a)?.typed(endpoints)).toBe(before);
  expect(replica.view(b)?.typed(endpoints)).not.toBe(before);
  expect(replica.view(b)?.typed(endpoints).find("x")?.version).toBe("1");
  store.update({ revision: 10, views: [{ view: b, layers: [common] }] });
  expect(replica.view(b)?.typed(endpoints)).toBe(before);
});

test("what nobody reads any more is let go", () => {
  const { replica } = started();
  const tables = replica.view(a)?.typed(endpoints).tables ?? [];
  const views = createTypedViews();
  const first = views.take(tables);
  expect(views.take(tables)).toBe(first);
  views.release(first);
  expect(views.take(tables)).toBe(first);
  views.release(first);
  views.release(first);
  expect(views.take(tables)).not.toBe(first);
});
