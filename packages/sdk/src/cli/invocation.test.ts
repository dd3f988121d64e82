import { expect, test } from "vitest";
import { parseGlobalOptions, requireNamespace } from "./invocation.ts";

const nothing = { namespace: undefined, data: undefined, noColour: false };

test.each([
  [["get", "all"], { ...nothing, rest: ["get", "all"] }],
  [["-n", "vm", "get", "all"], { ...nothing, namespace: "vm", rest: ["get", "all"] }],
  [["get", "-n", "vm", "all"], { ...nothing, namespace: "vm", rest: ["get", "all"] }],
  [["get", "all", "-n", "vm"], { ...nothing, namespace: "vm", rest: ["get", "all"] }],
  [["get", "all", "-nvm"], { ...nothing, namespace: "vm", rest: ["get", "all"] }],
  [["get", "all", "-n=vm"], { ...nothing, namespace: "vm", rest: ["get", "all"] }],
  [["get", "--namespace=vm", "all"], { ...nothing, namespace: "vm", rest: ["get", "all"] }],
  [["get", "--namespace", "vm", "all"], { ...nothing, namespace: "vm", rest: ["get", "all"] }],
  [["--data=/d", "get", "all"], { ...nothing, data: "/d", rest: ["get", "all"] }],
  [["get", "all", "--data", "/d", "--no-color"], { ...nothing, data: "/d", noColour: true, rest: ["get", "all"] }],
  [["-n", "a", "-n", "b", "get"], { ...nothing, namespace: "b", rest: ["get"] }],
  [["x", "get", "all"], { ...nothing, rest: ["get", "all"] }],
  [["experimental", "get", "all"], { ...nothing, rest: ["get", "all"] }],
  [["-n", "vm", "x", "get", "x"], { ...nothing, namespace: "vm", rest: ["get", "x"] }],
  // What stands behind -- is nobody's option.
  [["get", "--", "-n", "vm"], { ...nothing, rest: ["get", "--", "-n", "vm"] }],
  // Others' options keep their own values.
  [["ps", "--network=a=b"], { ...nothing, rest: ["ps", "--network=a=b"] }],
  [["--namespace=", "get"], { ...nothing, namespace: "", rest: ["get"] }],
])("global options stand anywhere: %j", (argv, expected) => {
  expect(parseGlobalOptions(argv)).toEqual(expected);
});

test.each([["-n"], ["get", "--namespace"], ["get", "--data"]])("a value is needed: %j", (...argv) => {
  expect(() => parseGlobalOptions(argv)).toThrow(/needs a value/);
});

test("a namespace is one, or a usage error", () => {
  expect(requireNamespace(undefined, "default")).toBe("default");
  expect(() => requireNamespace("Not One", "default")).toThrow(expect.objectContaining({ code: "usage" }));
});
