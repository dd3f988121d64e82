import type { MeshChange, MeshSnapshot } from "@portolan/model";
import { expect, test } from "vitest";
import { onFirstStorm } from "./storm.ts";

type Listener = (snapshot: MeshSnapshot, change: MeshChange) => void;

/** Publications of so many objects each, at so many milliseconds: whether they were a storm, and whether the feed was left. */
function storm(publications: readonly { atMs: number; objects: number }[]) {
  const listeners = new Set<Listener>();
  let nowMs = 0;
  let storms = 0;
  const feed = {
    onPublish(listener: Listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
  onFirstStorm(
    feed,
    () => nowMs,
    () => storms++,
  );
  for (const { atMs, objects } of publications) {
    nowMs = atMs;
    const change = { objects: new Map(Array.from({ length: objects }, (_, at) => [at, at])) };
    for (const listener of [...listeners]) listener({} as MeshSnapshot, change as unknown as MeshChange);
  }
  return { storms, follows: listeners.size };
}

const every = (ms: number, objects: number, count: number) =>
  Array.from({ length: count }, (_, at) => ({ atMs: at * ms, objects }));

test.each([
  { name: "30 a second, one each", publications: every(33, 1, 300), storms: 0 },
  { name: "a large folder at once", publications: [{ atMs: 0, objects: 10_000 }], storms: 0 },
  { name: "large files, one after the other", publications: every(500, 100, 100), storms: 0 },
  { name: "150 writes a second, one each", publications: every(6, 1, 300), storms: 1 },
  { name: "a thousand writes a second, settled together", publications: every(20, 20, 100), storms: 1 },
])("what is a storm: $name", ({ publications, storms }) => {
  expect(storm(publications)).toEqual({ storms, follows: 1 - storms });
});
