import { expect, test } from "vitest";
import { encodeRdata } from "./encode-record.ts";
import type { DnsRecord } from "./record.ts";

const name = "reviews.shop.global";

/** Records may have come as data, from another version too. */
test.each([
  [{ name, type: "A", address: "10.0.0" }, '"10.0.0" is no address for A'],
  [{ name, type: "A", address: "::1" }, '"::1" is no address for A'],
  [{ name, type: "CNAME", target: "a..b" }, '"a..b" is not a domain name'],
  [{ name, type: "SRV", target: name, port: 65_536 }, "SRV 0 0 65536: each is a whole number from 0 to 65535"],
  [{ name, type: "SRV", target: name, port: 80, weight: -1 }, "SRV 0 -1 80: each is a whole number from 0 to 65535"],
  [
    { name, type: "SRV", target: name, port: 80, priority: 0.5 },
    "SRV 0.5 0 80: each is a whole number from 0 to 65535",
  ],
  [{ name, type: "TXT", texts: ["x".repeat(256)] }, "a text of TXT is longer than 255 bytes"],
  [{ name, type: "TXT", texts: ["ok", "Bücher"] }, "a text of TXT is not ASCII"],
  [{ name, type: "MX" } as unknown as DnsRecord, "MX is not a type of record that a zone holds"],
] satisfies readonly (readonly [DnsRecord, string])[])("%j is left out: %s", (record, message) => {
  expect(encodeRdata(record)).toBe(message);
});
