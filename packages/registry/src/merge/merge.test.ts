import { createImmutableMap, type ObjectKey } from "@portolan/model";
import { expect, test } from "vitest";
import { namespace, upserts } from "../testing/claims.ts";
import { serviceEntry } from "../testing/mesh-folder.ts";
import { type Claims, mergeSettles, ownershipProblems, type SourceSettle } from "./merge.ts";

const key = "ServiceEntry/shop/reviews" as ObjectKey;

function says(source: string, settle: SourceSettle["settle"], exclusive = false): SourceSettle {
  return { source, settle, exclusive };
}

const fromFile = says("files", upserts(serviceEntry("reviews"), "a.yaml"));
const fromOther = says("other", upserts(serviceEntry("reviews", { endpoint: "10.9.9.9" }), "b.yaml", "other"));

function claimsAfter(...batch: SourceSettle[]): Claims {
  return createImmutableMap(mergeSettles(createImmutableMap(), batch).claims);
}

test("the first source that says an object owns it; the second waits and is told the owner and its place", () => {
  const merged = mergeSettles(createImmutableMap(), [fromFile, fromOther]);
  expect(merged.upserted.map(({ meta }) => meta.origin.file)).toEqual(["a.yaml"]);
  const [problem, ...more] = ownershipProblems(key, merged.claims.get(key) ?? []);
  expect(more).toEqual([]);
  expect(problem).toMatchObject({ code: "PTL1401", object: key, origin: { source: "other", file: "b.yaml" } });
  expect(problem?.message).toContain('the source "files" (a.yaml:1:1)');
});

test("the one that waits takes over when the owner removes the object", () => {
  const merged = mergeSettles(claimsAfter(fromFile, fromOther), [says("files", [{ kind: "removed", key }])]);
  expect(merged.removed).toEqual([]);
  expect(merged.upserted.map(({ meta }) => meta.origin.file)).toEqual(["b.yaml"]);
  expect(ownershipProblems(key, merged.claims.get(key) ?? [])).toEqual([]);
});

test("one that waits changes or goes without anything being published", () => {
  const before = claimsAfter(fromFile, fromOther);
  for (const settle of [fromOther.settle, [{ kind: "removed", key } as const]]) {
    const merged = mergeSettles(before, [says("other", settle)]);
    expect([merged.upserted, merged.removed]).toEqual([[], []]);
  }
});

test("when the last one goes the object goes", () => {
  const merged = mergeSettles(claimsAfter(fromFile), [says("files", [{ kind: "removed", key }])]);
  expect(merged.removed).toEqual([key]);
});

test("coming and going in one batch is nothing", () => {
  const merged = mergeSettles(createImmutableMap(), [fromFile, says("files", [{ kind: "removed", key }])]);
  expect([merged.upserted, merged.removed]).toEqual([[], []]);
});

test("a write of an object that another owns is refused as a whole, the rest of the batch is not", () => {
  const both = upserts(`${serviceEntry("reviews")}---\n${serviceEntry("ratings")}`, "request", "api");
  const other = upserts(serviceEntry("details"), "request", "api");
  const merged = mergeSettles(claimsAfter(fromFile), [says("api", both, true), says("api", other, true)]);
  expect([...merged.refused.keys()]).toEqual([0]);
  expect(merged.refused.get(0)?.map(({ code }) => code)).toEqual(["PTL1401"]);
  expect([...merged.claims.keys()]).toEqual(["ServiceEntry/shop/details"]);
});

test("a write that removes what does not exist is refused", () => {
  const merged = mergeSettles(createImmutableMap(), [says("api", [{ kind: "removed", key }], true)]);
  expect(merged.refused.get(0)?.map(({ code }) => code)).toEqual(["PTL1403"]);
});

test("a write sees what the writes before it in the batch did", () => {
  const write = says("api", upserts(serviceEntry("reviews"), "request", "api"), true);
  const remove = says("api", [{ kind: "removed", key }], true);
  const merged = mergeSettles(createImmutableMap(), [write, remove, remove]);
  expect([...merged.refused.keys()]).toEqual([2]);
});

test("an object that moved keeps its version and gets its new place", () => {
  const before = claimsAfter(fromFile);
  const origin = { source: "files", file: "a.yaml", position: { line: 9, column: 1 } };
  const merged = mergeSettles(before, [says("files", [{ kind: "moved", key, origin }])]);
  expect(merged.upserted).toEqual([]);
  const [claim] = merged.claims.get(key) ?? [];
  expect(claim?.origin).toEqual(origin);
  expect(claim?.object).toBe(before.get(key)?.[0]?.object);
  expect(claim?.manifest).toMatchObject({ namespace, file: "a.yaml" });
});
