import { printable } from "@portolan/model";
import { TYPE } from "../wire/codes.ts";
import { formatName, parseLowerName } from "../wire/name-text.ts";
import { type Alias, circleThrough } from "./cname-circle.ts";
import { emptyZone } from "./empty-zone.ts";
import type { NameTable } from "./name-table.ts";
import { editNames } from "./names-edit.ts";
import type { DnsRecord } from "./record.ts";
import { compileRecordSets } from "./record-sets.ts";
import { createSlab } from "./slab.ts";
import { encodeSoa } from "./soa.ts";
import type { Zone, ZoneOptions } from "./zone.ts";

/** All the records of each name that changed; none removes the name. */
export type RecordChanges = Iterable<readonly [name: string, records: readonly DnsRecord[]]>;

/** Names compiled between two steps: some tenths of a millisecond. */
const NAMES_PER_STEP = 64;

/** A zone of these records, in one go. */
export function compileZone(records: Iterable<DnsRecord>, options: ZoneOptions, serial = 1): Zone {
  return updateZone(emptyZone(options), groupByName(records), serial);
}

/**
 * The zone in which the given names have the given records and all others stay as they are: only these are compiled.
 * The zone that it started from goes on answering as before.
 */
export function updateZone(zone: Zone, changes: Parameters<typeof updateZoneInSteps>[1], serial: number): Zone {
  const steps = updateZoneInSteps(zone, changes, serial);
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

/**
 * `updateZone` for a driver that has other things to do: it stops after every few changes, undefined ones counted, and the zone is its
 * return value.
 */
export function* updateZoneInSteps(
  zone: Zone,
  changes: Iterable<readonly [name: string, records: readonly DnsRecord[]] | undefined>,
  serial: number,
): Generator<void, Zone> {
  const edit = editNames(zone.table, createSlab());
  const problems = new Map(zone.problems);
  const aliases: Uint8Array[] = [];
  let compiled = 0;

  function compileName(name: string, records: readonly DnsRecord[]): void {
    const messages: string[] = [];
    const report = (message: string) => messages.push(message);
    const labels = parseLowerName(name);
    if (labels === undefined || labels.length === 0) report("is not a domain name");
    else {
      const sets = compileRecordSets(records, zone.options.ttlSeconds, edit.slab, report);
      edit.setRecords(labels, sets);
      if (sets?.type === TYPE.CNAME) aliases.push(labels);
    }
    if (messages.length === 0) problems.delete(name);
    else problems.set(name, problemsOf(name, messages));
  }

  for (const [name, records] of zone.rejected) compileName(name, records);
  for (const change of changes) {
    if (change !== undefined) compileName(canonicalName(change[0]), change[1]);
    if (++compiled % NAMES_PER_STEP > 0) continue;
    yield* edit.widen();
    yield;
  }

  const table = edit.seal();
  const circles = new Map<string, Alias>();
  for (const labels of aliases) {
    for (const alias of circleThrough(table, labels)) circles.set(formatName(alias.owner), alias);
  }
  for (const name of circles.keys()) {
    problems.set(name, problemsOf(name, ["leads in a circle of CNAMEs and is left out (RFC 1034 section 3.6.2)"]));
  }
  return {
    ...zone,
    serial,
    table: withoutNames(table, circles.values()),
    soa: encodeSoa(serial, zone.options.ttlSeconds),
    rejected: new Map(
      [...circles].map(([name, { target }]) => [name, [{ name, type: "CNAME", target: formatName(target) }]]),
    ),
    problems,
  };
}

/** Records by owner: lower case, without the trailing dot. */
export function groupByName(records: Iterable<DnsRecord>): ReadonlyMap<string, readonly DnsRecord[]> {
  const groups = new Map<string, DnsRecord[]>();
  for (const record of records) {
    const name = canonicalName(record.name);
    const group = groups.get(name);
    if (group === undefined) groups.set(name, [record]);
    else group.push(record);
  }
  return groups;
}

function canonicalName(name: string): string {
  return (name.endsWith(".") ? name.slice(0, -1) : name).toLowerCase();
}

function withoutNames(table: NameTable, aliases: Iterable<Alias>): NameTable {
  const names = [...aliases];
  if (names.length === 0) return table;
  const edit = editNames(table, createSlab());
  for (const { owner } of names) edit.setRecords(owner, undefined);
  return edit.seal();
}

function problemsOf(name: string, messages: readonly string[]) {
  return messages.map((message) => ({ name: printable(name), message }));
}
