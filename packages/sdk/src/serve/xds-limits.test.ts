import { DEFAULT_XDS_LIMITS } from "@portolan/xds";
import { expect, test } from "vitest";
import { parseXdsLimits, XDS_LIMIT_NAMES } from "./xds-limits.ts";

test("rule 8 every limit of the xDS server has a name and can be given", () => {
  expect(XDS_LIMIT_NAMES).toHaveLength(Object.keys(DEFAULT_XDS_LIMITS).length);
  expect(XDS_LIMIT_NAMES).toContain("max-connection-age-grace");
  for (const name of XDS_LIMIT_NAMES) {
    const value = Object.values(parseXdsLimits([`${name}=7`.replace(/(7)$/, isTime(name) ? "7ms" : "7")]));
    expect(value).toEqual([7]);
  }
});

function isTime(name: string): boolean {
  return !(name.startsWith("max-") || name.endsWith("-bytes")) || name.includes("age");
}

test("counts, bytes, durations and off; what is said later holds", () => {
  expect(parseXdsLimits([])).toEqual({});
  expect(
    parseXdsLimits([
      "max-streams=200",
      "keepalive=1m",
      "max-connection-age=off",
      "max-streams=300",
      "max-request-bytes=8388608",
    ]),
  ).toEqual({
    maxStreams: 300,
    keepaliveMs: 60_000,
    maxConnectionAgeMs: Number.POSITIVE_INFINITY,
    maxRequestBytes: 8_388_608,
  });
});

test.each([
  "max-streams",
  "max-streams=",
  "max-streams=0",
  "max-streams=1.5",
  "max-streams=1s",
  "max-streams=off",
  "max-streams=4294967296",
  "keepalive=30",
  "keepalive=0s",
  "assign=off",
  "maxStreams=1",
  "toString=1",
  "=1",
  "",
])("%j is refused", (text) => {
  expect(() => parseXdsLimits([text])).toThrow(expect.objectContaining({ code: "usage" }));
});
