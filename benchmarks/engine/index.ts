/**
 * The snapshot engine alone, without sockets: `node --expose-gc benchmarks/engine/index.ts SERVICES CHANGES` prints JSON. It is
 * a process of its own, so that what it measures is not disturbed.
 */
import { decodeDocument, splitDocuments } from "@portolan/config";
import {
  applyBatch,
  defaultMeshSettings,
  emptySnapshot,
  type Hostname,
  type MeshChange,
  type MeshObject,
  type MeshSnapshot,
  type Namespace,
  type PortNumber,
} from "@portolan/model";
import { createMeshTranslation, createSnapshotStore, parseProxyView, sha256Version } from "@portolan/xds";
import { benchNode } from "../../packages/sdk/src/bench/bench-node.ts";
import { changeAddress } from "../../packages/sdk/src/bench/change-address.ts";
import { createHistogram, type LatencySummary } from "../../packages/sdk/src/bench/histogram.ts";
import { hostOf, manifestOf } from "../servers/corpus.ts";

export interface EngineFigures {
  readonly loadMs: number;
  readonly heapBytesAnEndpoint: number;
  /** Compiling the next mesh snapshot. */
  readonly model: LatencySummary;
  /** Translating, encoding, storing, and telling readers what differs. */
  readonly engine: LatencySummary;
  readonly bytesInStore: number;
}

const ENDPOINTS = 10;
// Compiled code and filled caches are what a server that runs has.
const WARM_UP = 2000;

const services = Number(process.argv[2] ?? 10_000);
const changes = Number(process.argv[3] ?? 5000);
console.log(JSON.stringify(measure()));

function measure(): EngineFigures {
  const settings = defaultMeshSettings();
  const objects = Array.from({ length: services }, (_, service) => objectOf(service));
  const vips = new Map(objects.map((_, service) => [hostOf(service) as Hostname, service + 1]));
  const listeners = new Set<(snapshot: MeshSnapshot, change: MeshChange) => void>();
  const feed = {
    snapshot: emptySnapshot(settings),
    onPublish(listener: (snapshot: MeshSnapshot, change: MeshChange) => void) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
  const store = createSnapshotStore();
  // A reader, as sessions are: it gets what differs as a message.
  let messages = 0;
  store.subscribe(() => messages++);
  const controlPlane = { address: "127.0.0.1", port: 15012 as PortNumber } as never;
  const translation = createMeshTranslation({ feed, store, hash: sha256Version, controlPlane });
  const node = { ...benchNode(0, "bench"), cluster: "", locality: "" };
  const proxy = parseProxyView(node, undefined, { ...settings, lowestPort: 1024 as PortNumber });
  if (!proxy.ok) throw new Error(proxy.error);

  const heapBefore = usedHeap();
  const loadStartMs = performance.now();
  const loaded = applyBatch(feed.snapshot, { revision: 1, upserted: objects, removed: [], vips });
  feed.snapshot = loaded.snapshot;
  for (const listener of listeners) listener(loaded.snapshot, loaded.change);
  const view = translation.viewFor(proxy.value);
  const loadMs = performance.now() - loadStartMs;
  const heap = usedHeap() - heapBefore;
  const bytesInStore = (store.resources(view) ?? []).reduce((sum, { body }) => sum + body.length, 0);

  const model = createHistogram();
  const engine = createHistogram();
  for (let at = -WARM_UP; at < changes; at++) {
    const service = (at + WARM_UP) % services;
    const object = changed(objects[service], changeAddress(at + WARM_UP));
    const startMs = performance.now();
    const next = applyBatch(feed.snapshot, {
      revision: feed.snapshot.revision + 1,
      upserted: [object],
      removed: [],
      vips: new Map(),
    });
    feed.snapshot = next.snapshot;
    const compiledMs = performance.now();
    const before = messages;
    for (const listener of listeners) listener(next.snapshot, next.change);
    const toldMs = performance.now();
    if (messages !== before + 1) throw new Error("a change was not told");
    if (at < 0) continue;
    model.record(compiledMs - startMs);
    engine.record(toldMs - compiledMs);
  }
  return {
    loadMs,
    heapBytesAnEndpoint: heap / (services * ENDPOINTS),
    model: model.summary(),
    engine: engine.summary(),
    bytesInStore,
  };
}

function objectOf(service: number): MeshObject {
  const [slice] = splitDocuments(manifestOf(service));
  if (slice === undefined) throw new Error("no document");
  const decoded = decodeDocument(slice, { source: "bench", namespace: "bench" as Namespace });
  const [object] = decoded.objects;
  if (object === undefined) throw new Error(JSON.stringify(decoded.problems));
  return object;
}

function changed(object: MeshObject | undefined, address: string): MeshObject {
  if (object?.kind !== "ServiceEntry") throw new Error("no ServiceEntry");
  const [first, ...rest] = object.endpoints;
  if (first === undefined) throw new Error("no endpoint");
  return { ...object, endpoints: [{ ...first, address: address as never }, ...rest] };
}

function usedHeap(): number {
  globalThis.gc?.();
  globalThis.gc?.();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}
