import { keyOf, type ServiceId } from "@portolan/model";
import { expect, test } from "vitest";
import { type Dirty, EVERYTHING } from "./dirty.ts";
import { createMemo } from "./memo.ts";
import { createPerServiceLayer } from "./per-service-layer.ts";
import { MESH_SCOPE } from "./scope.ts";
import { createMesh } from "./testing/mesh.ts";
import { entry as entryOf } from "./testing/objects.ts";

const entry = (name: string, address: string, port = "HTTP:80") =>
  entryOf({ host: `${name}.example`, namespace: "shop", ports: [port], endpoints: [{ address }] });

test("what stays as it was is not made again, and what comes back is", () => {
  const mesh = createMesh(entry("a", "10.0.0.1"), entry("b", "10.0.0.2"));
  const made: string[] = [];
  const layer = createPerServiceLayer(
    "layer",
    MESH_SCOPE,
    createMemo(() => ""),
    (_mesh, { hostname }) => {
      made.push(hostname);
      return [];
    },
    (_mesh, service) => [service],
  );
  const follow = (...names: readonly string[]) => {
    made.length = 0;
    const services = new Set(names.map((name) => `shop/${name}.example` as ServiceId));
    const dirty: Dirty = names.length === 0 ? EVERYTHING : { ...EVERYTHING, services };
    layer.follow(mesh.snapshot, dirty);
    return made.sort();
  };
  expect(follow()).toEqual(["a.example", "b.example"]);
  expect(follow(), "nothing changed").toEqual([]);
  mesh.edit([entry("a", "10.0.0.9")]);
  expect(follow("a"), "its endpoints alone did").toEqual([]);
  mesh.edit([entry("a", "10.0.0.9", "HTTP:81")]);
  expect(follow("a", "b")).toEqual(["a.example"]);
  mesh.edit([], [keyOf(entry("b", "10.0.0.2"))]);
  expect(follow("b")).toEqual([]);
  mesh.edit([entry("b", "10.0.0.2")]);
  expect(follow("b")).toEqual(["b.example"]);
});
