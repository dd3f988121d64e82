import fc from "fast-check";
import { expect, test } from "vitest";
import type { ReplicaResource } from "../snapshot/replica.ts";
import { typeNamed } from "../testing/resources.ts";
import { nothingSent, type SentTable, versionOf, withSent } from "./sent-table.ts";

const { typeUrl } = typeNamed("EDS");
const resources = Array.from({ length: 12 }, (_, name): ReplicaResource[] =>
  Array.from({ length: 3 }, (_, version) => ({
    typeUrl,
    name: `n${name}`,
    version: String(version),
    ttlMs: undefined,
    references: [],
    bytes: undefined,
    offset: 0,
    length: 0,
  })),
);
const nat = (max: number) => fc.nat({ max });
/** From which table on, and what changes: version 3 is gone. */
const step = fc.record({ from: nat(1_000), changes: fc.array(fc.tuple(nat(11), nat(3)), { maxLength: 4 }) });

function textOf(table: SentTable): string[] {
  return [...table.values()].map(({ name, version }) => `${name} ${version}`).sort();
}

test("a table never changes, whatever comes of it, and the same content has the same version", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 150, size: "max" }), (steps) => {
      const made: { readonly table: SentTable; readonly model: ReadonlyMap<string, ReplicaResource> }[] = [
        { table: nothingSent(), model: new Map() },
      ];
      for (const { from, changes } of steps) {
        // Mostly the newest.
        const start = made[from < 700 ? made.length - 1 : from % made.length];
        if (start === undefined) continue;
        const delta = new Map(changes.map(([name, version]) => [`n${name}`, resources[name]?.[version]]));
        const model = new Map(start.model);
        for (const [name, resource] of delta) {
          if (resource === undefined) model.delete(name);
          else model.set(name, resource);
        }
        const table = withSent(start.table, delta);
        expect(withSent(start.table, new Map(delta))).toBe(table);
        made.push({ table, model });
        if (from % 5 === 0) versionOf(table);
      }
      for (const { table, model } of made.toReversed()) {
        expect(table.size).toBe(model.size);
        for (const name of resources.keys()) expect(table.get(`n${name}`)).toBe(model.get(`n${name}`));
        expect(table.has("n0")).toBe(model.has("n0"));
      }
      for (const { table, model } of made) {
        expect(textOf(table)).toEqual([...model.values()].map(({ name, version }) => `${name} ${version}`).sort());
        expect(versionOf(table)).toBe(versionOf(withSent(nothingSent(), model)));
      }
    }),
    { numRuns: 60 },
  );
});

test("who stands still holds on to a bounded part of what comes", () => {
  const first = withSent(nothingSent(), new Map(resources.map(([resource], name) => [`n${name}`, resource])));
  let newest = first;
  const tables: WeakRef<SentTable>[] = [];
  for (let at = 0; at < 500; at++) {
    newest = withSent(newest, new Map([["n0", resources[0]?.[at % 2 === 0 ? 1 : 0]]]));
    tables.push(new WeakRef(newest));
  }
  // By what can be reached, and not by what was collected: a chain of heirs.
  let reached = 0;
  for (let at: unknown = first; at !== undefined; at = (at as { heir?: unknown }).heir) reached++;
  expect(reached).toBeLessThan(100);
  expect(first.get("n0")).toBe(resources[0]?.[0]);
  expect(newest.get("n0")).toBe(resources[0]?.[0]);
});
