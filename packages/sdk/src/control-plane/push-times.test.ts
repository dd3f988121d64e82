import type { MeshChange, MeshSnapshot } from "@portolan/model";
import { parseTypeUrl, type TypeUrl, type XdsReport } from "@portolan/xds";
import { expect, test } from "vitest";
import { createPushTimes } from "./push-times.ts";

const [cds, eds] = ["cluster.v3.Cluster", "endpoint.v3.ClusterLoadAssignment"].map((name) => {
  const typeUrl = parseTypeUrl(`type.googleapis.com/envoy.config.${name}`);
  if (!typeUrl.ok) throw new Error(typeUrl.error);
  return typeUrl.value;
}) as [TypeUrl, TypeUrl];

function watched() {
  let time = 1_000;
  let published: ((snapshot: MeshSnapshot, change: MeshChange) => void) | undefined;
  let reported: ((report: XdsReport) => void) | undefined;
  let clockReads = 0;
  const turn: (() => void)[] = [];
  const told: [string, number][] = [];
  const times = createPushTimes({
    feed: {
      onPublish(listener) {
        published = listener;
        return () => {
          published = undefined;
        };
      },
    },
    onReport(listener) {
      reported = listener;
      return () => {
        reported = undefined;
      };
    },
    nowMs: () => {
      clockReads++;
      return time;
    },
    afterTurn: (callback) => turn.push(callback),
  });
  times.onPushed((typeUrl, tookMs) => told.push([typeUrl === cds ? "cds" : "eds", tookMs]));
  return {
    times,
    told,
    reads: () => clockReads,
    publish: () => published?.({} as MeshSnapshot, {} as MeshChange),
    push: (...types: TypeUrl[]) => {
      for (const typeUrl of types) reported?.({ kind: "push", typeUrl } as XdsReport);
    },
    /** The turn ends after that time. */
    after(ms: number) {
      time += ms;
      for (const callback of turn.splice(0)) callback();
    },
  };
}

test("a publication is told once a type, with the time to the last turn in which that was sent", () => {
  const { times, told, publish, push, after } = watched();
  publish();
  after(30);
  times.translationDone();
  push(cds, cds, eds, cds);
  after(5);
  push(eds, eds);
  after(2);
  times.settle();
  expect(told).toEqual([]);
  after(101);
  times.settle();
  times.settle();
  expect(told).toEqual([
    ["cds", 35],
    ["eds", 37],
  ]);
});

test("the next publication tells of the one before it", () => {
  const { told, publish, push, after } = watched();
  publish();
  push(eds);
  after(3);
  publish();
  expect(told).toEqual([["eds", 3]]);
  push(eds);
  after(4);
  publish();
  expect(told.slice(1)).toEqual([["eds", 4]]);
});

test("a translation may take long; who is sent to long after that is slow or new, and does not count", () => {
  const { times, told, publish, push, after } = watched();
  publish();
  after(5_000);
  times.translationDone();
  push(cds);
  after(1);
  after(101);
  push(cds, eds);
  after(1);
  expect(told).toEqual([["cds", 5_001]]);
  push(cds);
  after(1);
  publish();
  expect(told).toHaveLength(1);
});

test("what is sent before anything was published is not told", () => {
  const { times, told, publish, push, after } = watched();
  push(cds);
  after(1);
  publish();
  after(101);
  times.settle();
  expect(told).toEqual([]);
});

test("the clock is read once a turn, however many are sent to", () => {
  const { publish, push, after, reads } = watched();
  publish();
  const before = reads();
  push(...Array.from({ length: 1_000 }, () => eds));
  after(1);
  expect(reads() - before).toBe(1);
});

test("after it was disposed of nothing is told", () => {
  const { times, told, publish, push, after } = watched();
  publish();
  push(cds);
  times[Symbol.dispose]();
  after(1);
  publish();
  expect(told).toEqual([]);
});
