import type { TypeStatus, XdsConnection } from "@portolan/xds";
import { expect, test } from "vitest";
import { reasonNotApplied, standingRejections } from "./not-applied.ts";

const stale: Partial<TypeStatus> = { shortName: "CDS", state: "STALE", rejected: [] };
const lastRejection = { nonce: "1", message: "no", atMs: 1_000 };

function connection(type: Partial<TypeStatus>): XdsConnection {
  return { types: [{ ...stale, ...type } as TypeStatus] } as unknown as XdsConnection;
}

test.each<[string, Partial<TypeStatus>, string | undefined]>([
  ["nothing", {}, undefined],
  ["one that names nothing", { lastRejection }, "CDS was rejected: no"],
  ["one after what was acknowledged", { lastRejection, acknowledgedAtMs: 900 }, "CDS was rejected: no"],
  ["one before what was acknowledged", { lastRejection, acknowledgedAtMs: 1_100 }, undefined],
  [
    "one of a version that is the newest still",
    { lastRejection, acknowledgedAtMs: 1_100, rejected: [{ name: "a", version: "2", message: "bad" }] },
    "CDS a was rejected: bad",
  ],
])("what a proxy does not have because it rejected that: %s", (_, type, expected) => {
  expect(standingRejections(connection(type))).toBe(expected);
  expect(reasonNotApplied(connection(type), 2_000)).toBe(expected ?? "CDS waits for what it refers to");
});
