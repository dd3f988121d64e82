/**
 * Writes pairs of objects as fast as they are answered, a few writes at a time, and says each that was answered on stdout. Runs until it is killed.
 */
import { writeSync } from "node:fs";
import type { Hostname } from "@portolan/model";
import { createRegistry } from "../server/registry.ts";
import { api } from "../sources/api/source.ts";
import { documents, serviceEntry } from "./mesh-folder.ts";

const [, , data = "", begin = "0"] = process.argv;
const registry = createRegistry({ sources: [api()], data, debounce: { windowMs: 1, maxMs: 5 } });
await registry.start();
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
