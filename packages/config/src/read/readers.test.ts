// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the shell's variables are what is tested.
import { describe, expect, it } from "vitest";
import { parseIpOrHostname } from "./address.ts";
import { parseDurationMs } from "./duration.ts";
import { suggestion } from "./nearest.ts";
import { unexpandedVariable } from "./variable.ts";

describe("small readers", () => {
  it.each([
    ["30ms", 30],
    ["1.5s", 1500],
    ["1h", 3_600_000],
    ["1h30m", 5_400_000],
    ["0.001s", 1],
    ["0.1s", 100],
    ["", undefined],
    ["30", undefined],
    ["-1s", undefined],
    ["0s", undefined],
    ["0.5ms", undefined],
    ["1s ", undefined],
    ["1d", undefined],
    ["9999999h", undefined],
    [`${"1s".repeat(100)}`, undefined],
  ])("duration %s", (text, expected) => {
    const result = parseDurationMs(text);
    expect(result.ok ? result.value : undefined).toBe(expected);
  });

  it.each([
    ["locaton", ["location", "hosts"], ' (did you mean "location"?)'],
    ["HOSTS", ["hosts"], ' (did you mean "hosts"?)'],
    ["zzz", ["location"], ""],
    ["x".repeat(100), ["x".repeat(99)], ""],
  ])("suggestion for %s", (text, words, expected) => {
    expect(suggestion(text, words)).toBe(expected);
  });

  it.each([
    ["${A}", "A"],
    ["a ${GW_1}:80", "GW_1"],
    ["${A:-b}", "A"],
    ["$A", undefined],
    ["${}", undefined],
    ["${1}", undefined],
    ["$(A)", undefined],
    ["${", undefined],
  ])("variable in %s", (text, expected) => {
    expect(unexpandedVariable(text)).toBe(expected);
  });

  it.each([
    ["10.0.0.1", true],
    ["fd00::1", true],
    ["gw.example.com", true],
    ["10.0.0.256", false],
    ["1.2.3", false],
    ["a b", false],
    ["*.a", false],
    ["[::1]", false],
  ])("address %s", (text, expected) => {
    expect(parseIpOrHostname(text).ok).toBe(expected);
  });
});
