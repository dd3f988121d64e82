import { ClusterSchema, create } from "@portolan/envoy";
import type { ObjectKey } from "@portolan/model";
import { expect, test } from "vitest";
import { layerId } from "../snapshot/ids.ts";
import { createLiveLayer } from "./live-layer.ts";
import { createMemo, type Memo } from "./memo.ts";

const origins = ["ServiceEntry/shop/a" as ObjectKey];

function get(memo: Memo, name: string, input: unknown, translate = () => create(ClusterSchema, { name })) {
  return memo.get({ kind: "cluster", key: name, inputs: [input], origins, translate });
}

test("the same inputs are translated once, other ones again", () => {
  const memo = createMemo((bytes) => String(bytes.length));
  const input = {};
  expect(get(memo, "a", input)).toBe(get(memo, "a", input));
  expect(memo.counts().translated.cluster).toBe(1);
  get(memo, "a", {});
  expect(memo.counts().encoded.cluster).toBe(2);
});

test("what fails keeps its last good version, and is reported until it works again", () => {
  const memo = createMemo((bytes) => String(bytes.length));
  const good = get(memo, "a", 1);
  const broken = () => {
    throw new RangeError("cannot");
  };
  expect(get(memo, "a", 2, broken)).toBe(good);
  expect(get(memo, "b", 1, broken)).toBeUndefined();
  expect([...memo.failures()]).toEqual([
    ["a", { code: "PTL1509", origins, reason: "cannot" }],
    ["b", { code: "PTL1509", origins, reason: "cannot" }],
  ]);
  get(memo, "a", 3);
  expect([...memo.failures().keys()]).toEqual(["b"]);
  expect(memo.counts().translated.cluster - memo.counts().encoded.cluster).toBe(2);
});

test("what no layer holds any more is forgotten", () => {
  const memo = createMemo((bytes) => String(bytes.length));
  const layers = ["one", "two"].map((id) => createLiveLayer(layerId(id), memo));
  for (const layer of layers) layer.put("owner", [get(memo, "a", 1)!]);
  layers[0]?.close();
  get(memo, "a", 1);
  expect(memo.counts().translated.cluster).toBe(1);
  layers[1]?.put("owner", []);
  get(memo, "a", 1);
  expect(memo.counts().translated.cluster).toBe(2);
});

test("a layer tells what differs since it was last asked, and nothing where all is as it was", () => {
  const memo = createMemo((bytes) => String(bytes.length));
  const layer = createLiveLayer(layerId("one"), memo);
  layer.put("x", [get(memo, "a", 1)!, get(memo, "b", 1)!]);
  expect(layer.takeUpdate()?.set.map(({ name }) => name)).toEqual(["a", "b"]);
  expect(layer.takeUpdate()).toBeUndefined();
  const before = get(memo, "b", 1)!;
  layer.put("x", [get(memo, "a", 1)!]);
  layer.put("x", [get(memo, "a", 1)!, before]);
  expect(layer.takeUpdate()).toBeUndefined();
  // Another owner takes a name over: it is not removed with its first owner.
  layer.put("y", [get(memo, "b", 2)!]);
  layer.put("x", []);
  expect(layer.takeUpdate()).toMatchObject({ set: [{ name: "b" }], removed: [{ name: "a" }] });
});
