/**
 * Writes pairs of objects as fast as they are answered, a few writes at a time, and says each that was answered on stdout. Runs until it is killed.
 * `kill-writer.ts FOLDER FIRST thread|here`: which thread writes to the disk.
 */
import { writeSync } from "node:fs";
import type { Hostname } from "@portolan/model";
import { createRegistryOn } from "../server/registry.ts";
import { api } from "../sources/api/source.ts";
import { openAdaptiveStore } from "../store/thread/adaptive-store.ts";
import { documents, serviceEntry } from "./mesh-folder.ts";

const [, , data = "", begin = "0", where = "here"] = process.argv;
const mostMs = where === "thread" ? 0 : Number.POSITIVE_INFINITY;
let inThread = false;
const options = { sources: [api()], data, debounce: { windowMs: 1, maxMs: 5 } };
const registry = createRegistryOn(options, (directory) => {
  const store = openAdaptiveStore(directory, { mostMs, leastCommits: 1 });
  const commit: typeof store.commit = (change) => {
    const written = store.commit(change);
    inThread = written !== undefined;
    return written;
  };
  return { ...store, commit };
});
await registry.start();
const first = documents(...["left", "right"].map((side) => serviceEntry(`first-${side}`)));
while (where === "thread" && !inThread) await registry.write({ apply: [{ text: first }] });
writeSync(1, `started\n`);
let next = Number(begin);

async function writeOn(): Promise<void> {
  for (;;) {
    const count = next++;
    const name = `n${count}`;
    const endpoint = `10.${(count >> 16) & 255}.${(count >> 8) & 255}.${count & 255}`;
    const text = documents(...["left", "right"].map((side) => serviceEntry(`${name}-${side}`, { endpoint })));
    const { revision } = await registry.write({ apply: [{ text }] });
    const vip = registry.snapshot.vips.get(`${name}-left.example` as Hostname);
    writeSync(1, `${name} ${revision} ${vip}\n`);
  }
}

await Promise.all(Array.from({ length: 4 }, writeOn));
