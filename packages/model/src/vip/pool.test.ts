import { expect, test } from "vitest";
import { cidr } from "../testing/build.ts";
import { whyNotPool } from "./pool.ts";

test.each([
  ["bind", "127.255.0.0/16", [], undefined],
  ["bind", "127.0.0.0/8", [], undefined],
  ["bind", "fd00:15::/112", [], "of IPv6 ::1 alone is loopback"],
  ["bind", "::1/128", [], "has 1 addresses"],
  ["bind", "fd00:15::/112", ["fd00:15::/64"], undefined],
  ["bind", "fd00:15::/48", ["fd00:15::/64"], "of IPv6 ::1 alone is loopback"],
  ["bind", "10.9.0.0/16", [], "is not local"],
  ["bind", "10.9.0.0/16", ["10.9.0.0/16"], undefined],
  ["bind", "126.0.0.0/7", [], "is not local"],
  ["bind", "127.255.0.0/31", [], "a pool has at least 4"],
  ["capture", "240.240.0.0/16", [], undefined],
  ["capture", "fd00:15::/112", [], undefined],
  ["capture", "127.255.0.0/16", [], "would land on the inbound listener"],
  ["capture", "0.0.0.0/0", [], "would land on the inbound listener"],
  ["capture", "::/64", [], "would land on the inbound listener"],
] as const)("a pool of %s: %s, where %j is local", (mode, pool, local, why) => {
  const found = whyNotPool(cidr(pool), mode, local.map(cidr));
  if (why === undefined) expect(found).toBeUndefined();
  else expect(found).toContain(why);
});
