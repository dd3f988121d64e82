import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ZONE } from "../testing/answering.ts";
import { name, record } from "../testing/arbitraries.ts";
import { formatName, parseName } from "../wire/name-text.ts";
import { compileZone, groupByName, updateZone } from "./compile.ts";
import { matchName } from "./match.ts";
import { nodesOf } from "./name-table.ts";
import type { RecordSet } from "./node.ts";
import type { DnsRecord } from "./record.ts";
import type { Zone } from "./zone.ts";

/** Everything that a zone holds, to be compared. */
function contents(zone: Zone): readonly string[] {
  return Array.from(nodesOf(zone.table), (node) => {
    const labels = formatName(node.bytes.subarray(node.start, node.end));
    return `${labels} ${setsText(node.records)} * ${setsText(node.wildcard)} ${node.below} ${node.apex?.policy}`;
  }).sort();
}

function setsText(sets: RecordSet | undefined): string {
  const texts: string[] = [];
  for (let set = sets; set !== undefined; set = set.next)
    texts.push(Buffer.from(set.bytes.subarray(set.start, set.end)).toString("hex"));
  return texts.join();
}

const addressRecord = record.filter(({ type }) => type !== "CNAME");

describe("zones", () => {
  it("incremental equals full: names that change one by one give the zone of the end", () => {
    const history = fc.array(fc.array(addressRecord, { maxLength: 6 }), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(history, (steps) => {
        const state = new Map<string, readonly DnsRecord[]>();
        let zone = compileZone([], ZONE);
        for (const records of steps) {
          // Every second name of a step goes again, so that names come and go.
          const changes = [...groupByName(records)].map(
            ([owner, own], i) => [owner, i % 2 === 0 || !state.has(owner) ? own : []] as const,
          );
          for (const [owner, own] of changes) state.set(owner, own);
          zone = updateZone(zone, changes, 1);
        }
        expect(contents(zone)).toEqual(contents(compileZone([...state.values()].flat(), ZONE)));
      }),
    );
  });

  it("a zone that was updated answers as before: nobody sees a half", () => {
    fc.assert(
      fc.property(fc.array(record), fc.array(record), (before, after) => {
        const zone = compileZone(before, ZONE);
        const held = contents(zone);
        updateZone(zone, groupByName(after), 2);
        expect(contents(zone)).toEqual(held);
      }),
    );
  });

  it("removing every name leaves the empty zone, empty non-terminals included", () => {
    fc.assert(
      fc.property(fc.array(record), (records) => {
        const zone = compileZone(records, ZONE);
        const emptied = updateZone(
          zone,
          Array.from(groupByName(records).keys(), (owner) => [owner, []] as const),
          2,
        );
        expect(contents(emptied)).toEqual(contents(compileZone([], ZONE)));
      }),
    );
  });

  it("the order of records does not matter to what is answered", () => {
    fc.assert(
      fc.property(fc.array(addressRecord), name, (records, asked) => {
        const labels = parseName(asked)!;
        const kinds = [records, records.toReversed()].map(
          (one) => matchName(compileZone(one, ZONE).table, labels, 0, labels.length).kind,
        );
        expect(kinds[0]).toBe(kinds[1]);
      }),
    );
  });
});
