import { createHash } from "node:crypto";
import { ClusterSchema, create } from "@portolan/envoy";
import type { ObjectKey } from "@portolan/model";
import { describe, expect, test } from "vitest";
import { type EncodedResource, encodeResource } from "../resource/encoded-resource.ts";
import type { ResourceName } from "../resource/resource-name.ts";
import { resourceOf, typeNamed } from "../testing/resources.ts";
import { createSnapshotStore } from "./create-snapshot-store.ts";
import { layerId, viewId } from "./ids.ts";
import type { SnapshotMessage } from "./message.ts";
import { createSnapshotReplica } from "./replica.ts";
import type { SnapshotStore } from "./snapshot-store.ts";

const view = viewId("v");
const main = layerId("main");

function name(type: string, of: string): ResourceName {
  return { typeUrl: typeNamed(type).typeUrl, name: of };
}

/** What a view holds, as `CDS a=1`. */
function contents(store: SnapshotStore, of = view): string[] | undefined {
  return store.resources(of)?.map(({ typeUrl, name: called, version }) => {
    const type = ["CDS", "EDS", "LDS", "RDS", "SDS"].find((short) => typeNamed(short).typeUrl === typeUrl);
    return `${type} ${called}=${version}`;
  });
}

function storeWithView(layers = [main]) {
  const store = createSnapshotStore();
  const messages: SnapshotMessage[] = [];
  store.subscribe((message) => messages.push(message));
  store.update({ revision: 1, views: [{ view, layers }] });
  messages.length = 0;
  let revision = 1;
  return {
    store,
    messages,
    change(set: readonly EncodedResource[], removed: readonly ResourceName[] = [], layer = main) {
      return store.update({ revision: ++revision, layers: [{ layer, set, removed }] });
    },
  };
}

function listening(called: string, version: string, ...claims: string[]): EncodedResource {
  return { ...resourceOf("LDS", called, version), claims };
}

describe("what only one may have", () => {
  const [a, b] = [layerId("a"), layerId("b")];

  test("of two listeners on one address the one that was there stays, and the other comes when it goes", () => {
    const { store, change } = storeWithView([a, b]);
    change([listening("old", "1", "x")], [], a);
    const { held } = change([listening("new", "1", "x", "y"), listening("free", "1", "z")], [], b);
    expect(held).toMatchObject([{ kind: "claimed", layer: b, resource: { name: "new" }, because: { name: "old" } }]);
    expect(contents(store)).toEqual(["LDS free=1", "LDS old=1"]);
    change([listening("old", "2", "x", "w")], [], a);
    expect(contents(store)).toEqual(["LDS free=1", "LDS old=2"]);
    change([], [name("LDS", "old")], a);
    expect(contents(store)).toEqual(["LDS free=1", "LDS new=1"]);
    expect(store.held()).toEqual([]);
  });

  test("of two that come at once the first by name stays; two that swap addresses are none the worse", () => {
    const { store, change } = storeWithView();
    expect(change([listening("b", "1", "x"), listening("a", "1", "x")]).held).toMatchObject([
      { resource: { name: "b" } },
    ]);
    expect(contents(store)).toEqual(["LDS a=1"]);
    change([listening("a", "2", "x"), listening("b", "2", "y")]);
    expect(contents(store)).toEqual(["LDS a=2", "LDS b=2"]);
    expect(change([listening("a", "3", "y"), listening("b", "3", "x")]).held).toEqual([]);
    expect(contents(store)).toEqual(["LDS a=3", "LDS b=3"]);
  });

  test("who must go back to its last version keeps its address against a newcomer", () => {
    const { store, change } = storeWithView();
    change([listening("a", "1", "x"), listening("b", "1", "y")]);
    change([{ ...listening("a", "2", "z"), references: [name("RDS", "missing")] }, listening("c", "1", "x")]);
    expect(contents(store)).toEqual(["LDS a=1", "LDS b=1"]);
    expect(store.held()).toMatchObject([
      { kind: "refused", resource: { name: "a" } },
      { kind: "claimed", resource: { name: "c" }, because: { name: "a" } },
    ]);
  });

  test("views that do not meet may have the same, and so may a name in two layers, of which one is served", () => {
    const store = createSnapshotStore();
    const { held } = store.update({
      revision: 1,
      views: [
        { view, layers: [a] },
        { view: viewId("w"), layers: [b] },
      ],
      layers: [
        { layer: a, set: [listening("l", "1", "x")], removed: [] },
        { layer: b, set: [listening("m", "1", "x")], removed: [] },
      ],
    });
    expect(held).toEqual([]);
    const both = storeWithView([a, b]);
    both.change([listening("l", "1", "x")], [], a);
    expect(both.change([listening("l", "2", "x")], [], b).held).toEqual([]);
  });

  test("a snapshot of a caller is refused", () => {
    const store = createSnapshotStore();
    expect(() => store.set(view, [listening("l", "1", "x"), listening("m", "1", "x")])).toThrow(
      expect.objectContaining({ code: "inconsistent-snapshot", message: expect.stringContaining("binds what") }),
    );
  });
});

describe("versions", () => {
  test("a caller's own are taken as they are: the same one is no change, whatever it holds", () => {
    const { store, messages } = storeWithView();
    store.set(view, [resourceOf("CDS", "a", "7")]);
    messages.length = 0;
    const other = { ...resourceOf("CDS", "a", "7"), body: new Uint8Array([1]) };
    expect(store.set(view, [other]).changed).toBe(false);
    expect(messages.flatMap(({ layers }) => layers)).toEqual([]);
    expect(store.resource(view, name("CDS", "a"))?.body).not.toEqual(other.body);
    expect(store.set(view, [{ ...other, version: "8" }]).changed).toBe(true);
    expect(contents(store)).toEqual(["CDS a=8"]);
    expect(store.resource(view, name("CDS", "a"))?.body).toEqual(other.body);
    // An older one is a version like any other: only the caller knows their order.
    expect(store.set(view, [resourceOf("CDS", "a", "7")]).changed).toBe(true);
    expect(contents(store)).toEqual(["CDS a=7"]);
  });

  test("P-60 those that are hashes are the same in every store", () => {
    const [first, second] = [createSnapshotStore(), createSnapshotStore()];
    const hash = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");
    const hashed = () => encodeResource(create(ClusterSchema, { name: "a" }), hash);
    first.set(view, [resourceOf("EDS", "x", "1")]);
    first.set(view, [hashed()]);
    second.set(view, [hashed()]);
    expect(contents(first)).toEqual(contents(second));
  });
});

describe("references", () => {
  test("P-75 a resource that refers to what is not there keeps its last version, and the rest is published", () => {
    const { store, change } = storeWithView();
    change([resourceOf("CDS", "c", "1"), resourceOf("RDS", "r", "1", [name("CDS", "c")])]);
    const origin = "VirtualService/shop/r" as ObjectKey;
    const bad = { ...resourceOf("RDS", "r", "2", [name("CDS", "missing")]), origins: [origin] };
    const { held } = change([bad, resourceOf("CDS", "d", "1")]);
    expect(held).toMatchObject([
      { kind: "refused", resource: { name: "r" }, because: { name: "missing" }, origins: [origin] },
    ]);
    expect(contents(store)).toEqual(["CDS c=1", "CDS d=1", "RDS r=1"]);
  });

  test("P-75 what is refused takes along what refers to it, and comes when the missing one does", () => {
    const { store, change } = storeWithView();
    change([
      resourceOf("LDS", "l", "1", [name("RDS", "r")]),
      resourceOf("RDS", "r", "1", [name("CDS", "c")]),
      resourceOf("LDS", "other", "1"),
    ]);
    expect(contents(store)).toEqual(["LDS other=1"]);
    expect(store.held()).toHaveLength(2);
    change([resourceOf("CDS", "c", "1")]);
    expect(contents(store)).toEqual(["CDS c=1", "LDS l=1", "LDS other=1", "RDS r=1"]);
    expect(store.held()).toEqual([]);
  });

  test("P-75 what is removed stays while somebody refers to it, and goes with the last one who does", () => {
    const { store, change } = storeWithView();
    change([resourceOf("CDS", "c", "1"), resourceOf("RDS", "r", "1", [name("CDS", "c")])]);
    const { held } = change([], [name("CDS", "c")]);
    expect(held).toMatchObject([{ kind: "kept", resource: { name: "c" }, because: { name: "r" } }]);
    expect(contents(store)).toEqual(["CDS c=1", "RDS r=1"]);
    expect(change([resourceOf("CDS", "other", "1")]).held).toEqual([]);
    change([], [name("RDS", "r")]);
    expect(contents(store)).toEqual(["CDS other=1"]);
    expect(store.held()).toEqual([]);
  });

  test("P-75 a change that is refused brings back what its last version needs", () => {
    const { store, change } = storeWithView();
    change([resourceOf("CDS", "c", "1"), resourceOf("RDS", "r", "1", [name("CDS", "c")])]);
    change([resourceOf("RDS", "r", "2", [name("CDS", "missing")])], [name("CDS", "c")]);
    expect(contents(store)).toEqual(["CDS c=1", "RDS r=1"]);
    change([resourceOf("CDS", "missing", "1")]);
    expect(contents(store)).toEqual(["CDS missing=1", "RDS r=2"]);
  });

  test("P-75 a ring of references is none the worse", () => {
    const { store, change } = storeWithView();
    const ring = [resourceOf("CDS", "a", "1", [name("CDS", "b")]), resourceOf("CDS", "b", "1", [name("CDS", "a")])];
    expect(change(ring).held).toEqual([]);
    expect(contents(store)).toEqual(["CDS a=1", "CDS b=1"]);
    change([], [name("CDS", "a"), name("CDS", "b")]);
    expect(contents(store)).toEqual([]);
  });

  test("a reference may lead to another layer of each view, and to what clients have from elsewhere", () => {
    const shared = layerId("shared");
    const store = createSnapshotStore({ assumed: [name("CDS", "of-the-bootstrap")] });
    store.update({
      revision: 1,
      views: [{ view, layers: [main, shared] }],
      layers: [
        {
          layer: main,
          set: [resourceOf("RDS", "r", "1", [name("CDS", "c"), name("CDS", "of-the-bootstrap")])],
          removed: [],
        },
        { layer: shared, set: [resourceOf("CDS", "c", "1")], removed: [] },
      ],
    });
    expect(contents(store)).toEqual(["CDS c=1", "RDS r=1"]);
    const poor = viewId("poor");
    const { held } = store.update({
      revision: 2,
      views: [{ view: poor, layers: [main] }],
      layers: [{ layer: main, set: [resourceOf("RDS", "r", "2", [name("CDS", "c")])], removed: [] }],
    });
    expect(held).toMatchObject([
      { kind: "refused", because: { name: "c" } },
      { kind: "dangling", because: { name: "c" }, view: poor },
    ]);
  });

  test("P-75 a view that is newly made of layers which are there is checked, and told until it is whole", () => {
    const { store, change } = storeWithView([main, layerId("clusters")]);
    change([resourceOf("CDS", "c", "1")], [], layerId("clusters"));
    change([resourceOf("RDS", "r", "1", [name("CDS", "c")]), resourceOf("LDS", "l", "1", [name("RDS", "r")])]);
    const poor = viewId("poor");
    const other = layerId("other clusters");
    const dangling = { kind: "dangling", view: poor, layer: main, resource: { name: "r" }, because: { name: "c" } };
    const { held } = store.update({ revision: 9, views: [{ view: poor, layers: [main, other] }] });
    expect(held).toMatchObject([dangling]);
    expect(store.held()).toMatchObject([dangling]);
    // It is served there all the same: other views have it too.
    expect(contents(store)).toContain("RDS r=1");
    change([resourceOf("CDS", "c", "2")], [], other);
    expect(store.held()).toEqual([]);
    const rich = viewId("rich");
    const { held: none } = store.update({ revision: 10, views: [{ view: rich, layers: [main, other] }] });
    expect(none).toEqual([]);
    // What is known of a layer is void when something goes.
    store.update({ revision: 11, droppedViews: [poor, rich] });
    change([], [name("CDS", "c")], other);
    expect(store.update({ revision: 12, views: [{ view: poor, layers: [main, other] }] }).held).toHaveLength(1);
    store.update({ revision: 13, droppedViews: [poor] });
    expect(store.held()).toEqual([]);
  });

  test("P-75 a snapshot that a caller gives is refused whole, the reference named, and the old one stays", () => {
    const store = createSnapshotStore();
    store.set(view, [resourceOf("CDS", "c", "1")]);
    const { revision } = store;
    expect(() =>
      store.set(view, [resourceOf("CDS", "d", "1"), resourceOf("LDS", "l", "1", [name("RDS", "gone")])]),
    ).toThrow(expect.objectContaining({ code: "inconsistent-snapshot", message: expect.stringContaining("gone") }));
    expect(() => store.set(viewId("new"), [resourceOf("LDS", "l", "1", [name("RDS", "gone")])])).toThrow();
    expect(contents(store)).toEqual(["CDS c=1"]);
    expect(store.resources(viewId("new"))).toBeUndefined();
    expect(store.revision).toBe(revision);
    expect(() => store.set(view, [resourceOf("CDS", "c", "1"), resourceOf("CDS", "c", "2")])).toThrow(
      expect.objectContaining({ code: "duplicate-resource", message: expect.stringContaining('Cluster "c" twice') }),
    );
  });
});

test("the revision of an update is one more unless it is given, and never something that is no number", () => {
  const store = createSnapshotStore();
  store.update({ revision: 7, views: [{ view, layers: [main] }] });
  store.update({ layers: [{ layer: main, set: [resourceOf("CDS", "a", "1")], removed: [] }] });
  expect(store.revision).toBe(8);
  const removed = [name("CDS", "a")];
  expect(() => store.update({ revision: Number.NaN, layers: [{ layer: main, set: [], removed }] })).toThrow(
    expect.objectContaining({ code: "bad-option" }),
  );
  expect([store.revision, contents(store)]).toEqual([8, ["CDS a=1"]]);
});

describe("what crosses the thread boundary", () => {
  test("P-22 the same content again says nothing, and one change says one thing", () => {
    const { messages, change } = storeWithView();
    change(Array.from({ length: 1000 }, (_, at) => resourceOf("CDS", `c${at}`, "1")));
    messages.length = 0;
    expect(change([resourceOf("CDS", "c7", "1")]).changed).toBe(false);
    expect(messages[0]?.layers).toEqual([]);
    expect(change([resourceOf("CDS", "c7", "2")], [name("CDS", "c8")]).changed).toBe(true);
    expect(messages[1]?.layers).toMatchObject([
      { layer: main, set: [{ name: "c7", version: "2" }], removed: [{ name: "c8" }] },
    ]);
    expect(messages[1]?.layers[0]?.set).toHaveLength(1);
  });

  test("every message survives structuredClone, and a replica fed late equals one fed from the start", () => {
    const store = createSnapshotStore({ segmentBytes: 128 });
    const early = createSnapshotReplica();
    store.subscribe((message) => early.apply(structuredClone(message)));
    for (let round = 0; round < 200; round++) {
      store.update({
        revision: round,
        views: [{ view, layers: round % 50 < 25 ? [main] : [main, layerId("second")] }],
        layers: [
          { layer: main, set: [resourceOf("EDS", `e${round % 7}`, `${round}`)], removed: [] },
          {
            layer: layerId("second"),
            set: [resourceOf("CDS", `c${round % 5}`, `${round}`)],
            removed: [name("CDS", `c${(round + 2) % 5}`)],
          },
        ],
      });
    }
    const late = createSnapshotReplica();
    store.subscribe((message) => late.apply(structuredClone(message)))();
    const read = (replica: typeof late) =>
      replica.view(view)?.layers.flatMap((layer) =>
        [...layer.tables.values()].flatMap(({ resources }) =>
          [...resources.values()].map(({ name: called, version, bytes, offset, length }) => {
            const body = bytes?.slice(offset, offset + length);
            return [called, version, body === undefined ? "" : new TextDecoder().decode(body)];
          }),
        ),
      );
    expect(read(early)?.sort()).toEqual(read(late)?.sort());
    expect(read(late)?.every(([called, version, body]) => body?.includes(`${called}@${version}`))).toBe(true);
    expect(early.revision).toBe(199);
  });

  test("the arena stays small while resources come and go", () => {
    const { store, messages } = storeWithView();
    const live = new Set<number>();
    let largest = 0;
    let bytes = 0;
    const sizes = new Map<number, number>();
    for (let round = 0; round < 3000; round++) {
      store.update({
        revision: round,
        layers: [
          { layer: main, set: [resourceOf("EDS", `e${round % 10}`, `${round}${"x".repeat(2000)}`)], removed: [] },
        ],
      });
      for (const { id, buffer } of messages[0]?.segments ?? []) {
        live.add(id);
        sizes.set(id, buffer.byteLength);
      }
      for (const id of messages[0]?.droppedSegments ?? []) live.delete(id);
      messages.length = 0;
      bytes = [...live].reduce((sum, id) => sum + (sizes.get(id) ?? 0), 0);
      largest = Math.max(largest, bytes);
    }
    // 10 resources of 2 KB live; 6 MB went through.
    expect(largest).toBeLessThanOrEqual(3 * 256 * 1024);
  });

  test("secrets never lie in shared memory", () => {
    const { messages, change } = storeWithView();
    change([resourceOf("SDS", "default", "1"), resourceOf("CDS", "c", "1")]);
    const kinds = messages[0]?.layers[0]?.set.map(({ name: called, bytes }) => [called, bytes.kind]);
    expect(kinds).toEqual([
      ["default", "inline"],
      ["c", "arena"],
    ]);
    const shared = messages.flatMap(({ segments }) => segments.map(({ buffer }) => Buffer.from(buffer).toString()));
    expect(shared.join("")).toContain("c@1");
    expect(shared.join("")).not.toContain("default@1");
  });

  test("layers and views that are dropped are gone, a layer not before the last view that lists it", () => {
    const { store, messages } = storeWithView([main, layerId("old")]);
    store.update({
      revision: 2,
      layers: [{ layer: layerId("old"), set: [resourceOf("CDS", "c", "1")], removed: [] }],
      droppedLayers: [layerId("old")],
    });
    expect(contents(store)).toEqual(["CDS c=1"]);
    store.update({ revision: 3, views: [{ view, layers: [main] }] });
    expect(contents(store)).toEqual([]);
    expect(messages.at(-1)?.droppedLayers).toEqual(["old"]);
    store.delete(view);
    expect(store.resources(view)).toBeUndefined();
    expect(messages.at(-1)?.droppedViews).toEqual([view]);
  });

  test("where two layers hold a name, the earlier one wins", () => {
    const { store, change } = storeWithView([layerId("own"), main]);
    change([resourceOf("CDS", "c", "shared")]);
    change([resourceOf("CDS", "c", "own")], [], layerId("own"));
    expect(contents(store)).toEqual(["CDS c=own"]);
  });
});
