import type { NetworkInterfaceInfo } from "node:os";
import { expect, test } from "vitest";
import { machineAddress } from "./address.ts";

const at = (address: string, internal = false): NetworkInterfaceInfo =>
  ({ address, internal, family: address.includes(":") ? "IPv6" : "IPv4" }) as NetworkInterfaceInfo;

test.each<[string, Record<string, NetworkInterfaceInfo[]>, string]>([
  [
    "IPv4 before IPv6",
    { lo: [at("127.0.0.1", true)], a: [at("fe80::1"), at("2001:db8::1")], b: [at("192.0.2.7")] },
    "192.0.2.7",
  ],
  ["IPv6 alone", { a: [at("fe80::1"), at("2001:db8::1")] }, "2001:db8::1"],
  ["loopback alone", { lo: [at("127.0.0.1", true)] }, "127.0.0.1"],
])("%s", (_, interfaces, address) => {
  expect(machineAddress(interfaces)).toBe(address);
});
