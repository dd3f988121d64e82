import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { a, ZONE } from "../testing/answering.ts";
import { record } from "../testing/arbitraries.ts";
import { applyDeltaInSteps } from "./apply-delta.ts";
import { compileZone, groupByName, updateZone } from "./compile.ts";
import { nodesOf } from "./name-table.ts";
import type { RecordSet, ZoneNode } from "./node.ts";
import type { Zone } from "./zone.ts";
import { deltaInSteps, type ZoneDelta } from "./zone-delta.ts";

function finish<Value>(steps: Generator<void, Value>): Value {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

/** A change as a thread gets it. */
const sent = (delta: ZoneDelta): ZoneDelta => structuredClone(delta);

function contents(zone: Zone): readonly unknown[] {
  return Array.from(nodesOf(zone.table), (node) => [
    Buffer.from(node.bytes.subarray(node.start, node.end)).toString("latin1"),
    ...[node.records, node.wildcard, node.apex?.nameServers].map(setsOf),
    node.below,
    node.hash,
    node.apex?.policy,
  ]).sort((x, y) => (String(x[0]) < String(y[0]) ? -1 : 1));
}

function setsOf(sets: RecordSet | undefined): readonly unknown[] {
  const found: unknown[] = [];
  for (let set = sets; set !== undefined; set = set.next) {
    const { type, count, stride, bytes, start, end } = set;
    found.push([type, count, stride, Buffer.from(bytes.subarray(start, end)).toString("hex")]);
  }
  return found;
}

describe("a copy of a zone", () => {
  it("that takes over every change is the zone, and the copies that it was go on answering", () => {
    fc.assert(
      fc.property(fc.array(fc.array(record, { maxLength: 8 }), { minLength: 1, maxLength: 5 }), (history) => {
        let zone: Zone | undefined;
        let copy: Zone | undefined;
        for (const [serial, records] of history.entries()) {
          const changes = [...groupByName(records)].map(([name, own], i) => [name, i % 3 === 1 ? [] : own] as const);
          const next: Zone = updateZone(zone ?? compileZone([], ZONE), changes, serial);
          const held = copy === undefined ? undefined : contents(copy);
          const before: Zone | undefined = copy;
          copy = finish(applyDeltaInSteps(copy, sent(finish(deltaInSteps(zone, next)))));
          zone = next;
          expect(contents(copy)).toEqual(contents(zone));
          expect([copy.serial, copy.soa, copy.search]).toEqual([zone.serial, zone.soa, zone.search]);
          if (before !== undefined) expect(contents(before)).toEqual(held);
        }
      }),
    );
  });

  it("a change of one name among 20,000 is some bytes, and that of all lies in shared memory", () => {
    const records = Array.from({ length: 20_000 }, (_, i) => a(`h${i}.n${i % 50}.global`, `10.0.${i >> 8}.${i & 255}`));
    const zone = compileZone(records.flat(), ZONE);
    const whole = finish(deltaInSteps(undefined, zone));
    expect(whole.names).toBe(zone.table.size);
    expect(whole.chunks.filter(({ buffer }) => !(buffer instanceof SharedArrayBuffer)).length).toBeLessThan(4);
    const next = updateZone(zone, [["h7.n7.global", a("h7.n7.global", "10.9.9.9")]], 2);
    const delta = finish(deltaInSteps(zone, next));
    expect([delta.names, delta.options]).toEqual([1, undefined]);
    expect(delta.chunks.reduce((sum, { length }) => sum + length, 0)).toBeLessThan(100);
    const copy = finish(applyDeltaInSteps(finish(applyDeltaInSteps(undefined, sent(whole))), sent(delta)));
    expect(contents(copy)).toEqual(contents(next));
  });

  it("begins anew where the zone's options changed", () => {
    const first = compileZone(a("reviews.shop.global", "10.0.0.1"), ZONE);
    const second = compileZone(a("reviews.shop.mesh", "10.0.0.2"), { ...ZONE, suffixes: ["mesh"] });
    const delta = sent(finish(deltaInSteps(first, second)));
    expect(delta.options?.suffixes).toEqual(["mesh"]);
    const copy = finish(
      applyDeltaInSteps(finish(applyDeltaInSteps(undefined, finish(deltaInSteps(undefined, first)))), delta),
    );
    expect(contents(copy)).toEqual(contents(second));
    const nodes: ZoneNode[] = [...nodesOf(copy.table)];
    expect(nodes.filter(({ apex }) => apex !== undefined).length).toBeGreaterThan(5);
  });
});
