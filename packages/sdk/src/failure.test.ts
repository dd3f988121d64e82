import { open } from "node:fs/promises";
import { AgentError } from "@portolan/agent";
import { DnsError } from "@portolan/dns";
import { IdentityError } from "@portolan/identity";
import { RegistryError } from "@portolan/registry";
import { XdsError } from "@portolan/xds";
import { expect, test } from "vitest";
import { SdkError } from "./error.ts";
import { failureOf } from "./failure.ts";

test.each([
  [new SdkError("conflict", "m"), "conflict"],
  [new RegistryError("bad-objects", "m"), "bad-data"],
  [new RegistryError("data-in-use", "m"), "data-in-use"],
  [new RegistryError("data-newer", "m"), "data-too-new"],
  [new RegistryError("data-not-writable", "m"), "data-not-writable"],
  [new RegistryError("source-not-found", "m"), "usage"],
  [new RegistryError("store-failed", "m"), "failed"],
  [new AgentError("bad-bootstrap", "m"), "usage"],
  [new AgentError("bind-needs-linux", "m"), "unsupported"],
  [new AgentError("envoy-not-found", "m"), "envoy-not-found"],
  [new AgentError("envoy-failed", "m"), "failed"],
  [new IdentityError("key-mismatch", "m"), "bad-data"],
  [new IdentityError("not-writable", "m"), "data-not-writable"],
  [new DnsError("no-answer", "m"), "unreachable"],
  [new DnsError("address-in-use", "m"), "port-in-use"],
  [new DnsError("bad-option", "m"), "usage"],
  [new XdsError("insecure-address", "m"), "usage"],
  [new XdsError("bad-certificate", "m"), "bad-data"],
])("%s is %s, in its own words", (error, code) => {
  expect(failureOf(error)).toEqual({ code, message: "m" });
});

test("an error of the operating system says what it is, without a stack", async () => {
  const error: unknown = await open("/nonexistent/file").catch((reason: unknown) => reason);
  expect(failureOf(error)).toEqual({
    code: "failed",
    message: "ENOENT: no such file or directory, open '/nonexistent/file'",
  });
});

test("what nobody foresaw keeps its stack", () => {
  expect(failureOf(new TypeError("oops")).message).toMatch(/^TypeError: oops\n +at /);
  expect(failureOf("text")).toEqual({ code: "failed", message: "text" });
});
