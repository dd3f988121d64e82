import { expect, test } from "vitest";
import { formatListenAddress, isLoopbackListen, parseListenAddress } from "./listen-address.ts";

test.each([
  ["127.0.0.1:15012", "127.0.0.1:15012", true],
  ["localhost:0", "127.0.0.1:0", true],
  [":15012", "127.0.0.1:15012", true],
  ["[::1]:15012", "[::1]:15012", true],
  ["0.0.0.0:65535", "0.0.0.0:65535", false],
  ["[2001:DB8::1]:53", "[2001:db8::1]:53", false],
])("%s", (text, formatted, loopback) => {
  const listen = parseListenAddress(text, "--xds");
  expect(formatListenAddress(listen)).toBe(formatted);
  expect(isLoopbackListen(listen)).toBe(loopback);
});

test.each([
  "",
  "15012",
  "127.0.0.1",
  "127.0.0.1:",
  "127.0.0.1:65536",
  "127.0.0.1:-1",
  "::1:15012",
  "host:1",
  "1.2.3:4",
  "[::1]",
  "127.0.0.1:1x",
])("%j is none, and the message names the flag", (text) => {
  expect(() => parseListenAddress(text, "--xds")).toThrow(
    expect.objectContaining({ code: "usage", message: expect.stringMatching(/^--xds "/) }),
  );
});
