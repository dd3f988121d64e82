import { expect, test } from "vitest";
import type { ServeFlags } from "./flags.ts";
import { parseServeFlags } from "./options.ts";

const flags: ServeFlags = {
  xds: "127.0.0.1:15012",
  xdsPlaintext: "off",
  dnsUpstream: ["off"],
  workers: "0",
  dnsWorkers: "0",
  admin: "off",
  debounce: "10",
  mode: "bind",
  log: "info",
};

const dns = async (...given: string[]) => (await parseServeFlags({ ...flags, dns: given }, "data")).dns;

test("--dns: given again or with commas, IPv4 and IPv6, or off", async () => {
  const all = [
    { address: "127.0.0.1", port: 53 },
    { address: "::1", port: 53 },
  ];
  expect(await dns("127.0.0.1:53", "[::1]:53")).toEqual(all);
  expect(await dns("127.0.0.1:53, [::1]:53")).toEqual(all);
  expect(await dns("off")).toEqual([]);
  expect((await parseServeFlags(flags, "data")).dns).toEqual([{ address: "127.0.0.1", port: 15053 }]);
  // As with any flag, what is said later holds.
  expect(await dns("127.0.0.1:53", "off")).toEqual([]);
  expect(await dns("off", "[::1]:53")).toEqual(all.slice(1));
  await expect(dns("127.0.0.1")).rejects.toThrow('--dns "127.0.0.1" is not an address');
});

test.each(["-1", "two", "1.5", "65", ""])("--dns-workers %j and --workers %j are refused", async (count) => {
  for (const given of [{ dnsWorkers: count }, { workers: count }]) {
    await expect(parseServeFlags({ ...flags, ...given }, "data")).rejects.toMatchObject({ code: "usage" });
  }
});
