import fc from "fast-check";
import { expect, test } from "vitest";
import { formatHttpDate, formatInstant } from "./instant.ts";

test("moments are written as Date writes them", () => {
  const years = { min: new Date(0), max: new Date("9999-12-31T23:59:59.999Z"), noInvalidDate: true };
  fc.assert(
    fc.property(fc.date(years), (date) => {
      expect(formatInstant(date.getTime())).toBe(date.toISOString());
      expect(formatHttpDate(date.getTime())).toBe(date.toUTCString());
    }),
  );
});
