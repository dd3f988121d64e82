import { describe, expect, it } from "vitest";
import { parseResolvConf } from "./resolv-conf.ts";
import { formatUpstream, parseUpstream } from "./upstream.ts";

describe("parseResolvConf", () => {
  it("nameservers in order, the last search line, ndots; comments and what is wrong are passed over", () => {
    const text = [
      "# generated",
      "; nameserver 192.0.2.9",
      "nameserver 10.0.0.2",
      "  nameserver\t2001:DB8::1 ",
      "nameserver 10.0.0.2",
      "nameserver fe80::1%eth0",
      "nameserver not-an-address",
      "nameserver",
      "domain old.example",
      "search shop.svc.cluster.local svc.cluster.local",
      "options timeout:1 ndots:5 rotate",
    ].join("\r\n");
    expect(parseResolvConf(text)).toEqual({
      nameservers: ["10.0.0.2", "2001:db8::1"],
      search: ["shop.svc.cluster.local", "svc.cluster.local"],
      ndots: 5,
    });
    expect(parseResolvConf("")).toEqual({ nameservers: [], search: [], ndots: 1 });
    expect(parseResolvConf("options ndots:99").ndots).toBe(15);
  });
});

describe("parseUpstream", () => {
  it.each([
    ["10.0.0.2", "10.0.0.2:53"],
    ["10.0.0.2:5353", "10.0.0.2:5353"],
    ["2001:db8::1", "[2001:db8::1]:53"],
    ["[2001:db8::1]:5353", "[2001:db8::1]:5353"],
    ["[::1]", "[::1]:53"],
  ])("%s", (text, formatted) => {
    const parsed = parseUpstream(text);
    expect(parsed.ok && formatUpstream(parsed.value)).toBe(formatted);
  });

  it.each(["", "dns.example.com", "10.0.0.2:0", "10.0.0.2:65536", "[::1]:x", "10.0.0.2:", "\u001b[31m"])(
    "refuses %j",
    (text) => {
      const parsed = parseUpstream(text);
      expect(parsed.ok).toBe(false);
      expect(parsed.ok ? "" : parsed.error).not.toContain("\u001b");
    },
  );
});
