import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isLoopback } from "../address.ts";
import { ModelError } from "../error.ts";
import type { Hostname } from "../names.ts";
import { keyOf } from "../object/object.ts";
import { defaultMeshSettings } from "../snapshot/default-settings.ts";
import { cidr, service, serviceEntry } from "../testing/build.ts";
import { edited, meshOf } from "../testing/mesh.ts";
import { placeVips } from "./place-vips.ts";
import { indexInPool, lastVipIndex } from "./pool.ts";
import { serviceAddresses, vipAddress } from "./vip-address.ts";
import { hostsWithoutService, hostsWithoutVip, reservedIndexes } from "./vip-hosts.ts";

const settings = defaultMeshSettings();
const small = { ...settings, bindPool: cidr("127.255.0.0/29"), capturePool: cidr("240.240.0.0/16") };
const hosts = fc.uniqueArray(
  fc.stringMatching(/^[a-z]{1,3}\.shop\.global$/).map((text) => text as Hostname),
  { maxLength: 40 },
);
const takenIndexes = fc.uniqueArray(fc.integer({ min: 0, max: 70000 })).map((list) => new Set(list));

describe("0.37 VIPs", () => {
  test("are the pool's base plus the index, in each mode's pool", () => {
    expect([1, 3, 256, 65534].map((index) => vipAddress(settings, index, "bind"))).toEqual([
      "127.255.0.1",
      "127.255.0.3",
      "127.255.1.0",
      "127.255.255.254",
    ]);
    expect(vipAddress(settings, 3, "capture")).toBe("240.240.0.3");
    expect(vipAddress({ ...settings, capturePool: cidr("fd00::/64") }, 65534, "capture")).toBe("fd00::fffe");
  });

  test("are never an end of a pool, nor localhost", () => {
    expect(lastVipIndex(settings)).toBe(65534);
    expect(lastVipIndex(small)).toBe(6);
    for (const index of [0, 65535, -1, 1.5, Number.NaN]) {
      expect(() => vipAddress(settings, index, "bind")).toThrow(ModelError);
    }
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 65534 }), (index) => {
        const address = vipAddress(settings, index, "bind");
        expect(isLoopback(address) && address !== "127.0.0.1").toBe(true);
        expect(indexInPool(settings.bindPool, address)).toBe(index);
      }),
    );
  });

  test("are unique, free, and the same in whatever order the hosts of a batch come", () => {
    fc.assert(
      fc.property(hosts, takenIndexes, (names, taken) => {
        const { placed, exhausted } = placeVips(names, taken, settings);
        expect(exhausted).toEqual([]);
        expect(new Set(placed.values()).size).toBe(names.length);
        for (const index of placed.values()) expect(taken.has(index)).toBe(false);
        expect(placeVips([...names].reverse(), taken, settings)).toEqual({ placed, exhausted });
      }),
    );
  });

  test("start from the hash of the name alone: other hosts move one only when they collide", () => {
    const one = placeVips(["reviews.shop.global" as Hostname], new Set(), settings).placed;
    expect(one).toEqual(new Map([["reviews.shop.global", 14338]]));
    const taken = new Set([14338, 14339]);
    expect(placeVips(["reviews.shop.global" as Hostname], taken, settings).placed).toEqual(
      new Map([["reviews.shop.global", 14340]]),
    );
  });

  test("run out as a value, and wrap round before they do", () => {
    fc.assert(
      fc.property(hosts, (names) => {
        const { placed, exhausted } = placeVips(names, new Set([2]), small);
        expect(placed.size).toBe(Math.min(5, names.length));
        expect(exhausted.length).toBe(Math.max(0, names.length - 5));
        expect(placeVips([...names].reverse(), new Set([2]), small)).toEqual({ placed, exhausted });
        expect([...placed.values()].every((index) => index >= 1 && index <= 6 && index !== 2)).toBe(true);
      }),
    );
  });

  test("leave out the addresses that objects give, of either pool", () => {
    const mesh = meshOf(
      serviceEntry({ name: "a", hosts: ["a.example"], addresses: ["127.255.0.3", "240.240.1.0", "10.0.0.1"] }),
      serviceEntry({ name: "b", hosts: ["b.example"], addresses: ["127.255.0.3"] }),
      service({ clusterIps: ["10.1.0.1"] }),
    );
    expect(reservedIndexes(mesh)).toEqual(new Set([3, 256]));
  });
});

test("hosts without an index, and indexes without a host", () => {
  const entry = serviceEntry({ hosts: ["b.example", "*.example", "a.example"] });
  const added = edited(meshOf(), { upserted: [entry, service({})] });
  const all = ["*.example", "a.example", "b.example", "reviews.shop.svc.cluster.local"];
  expect(hostsWithoutVip(added.snapshot, added.change)).toEqual(all);
  const placed = edited(added.snapshot, { vips: { "a.example": 5, "b.example": 6 } });
  expect([...placed.change.services].sort()).toEqual(["shop/a.example", "shop/b.example"]);
  expect(hostsWithoutVip(placed.snapshot, placed.change)).toEqual([]);
  expect(hostsWithoutVip(placed.snapshot)).toEqual(["*.example", "reviews.shop.svc.cluster.local"]);
  const gone = edited(placed.snapshot, { removed: [keyOf(entry)] });
  expect(hostsWithoutService(gone.snapshot, gone.change)).toEqual(["a.example", "b.example"]);
  expect(hostsWithoutService(gone.snapshot)).toEqual(["a.example", "b.example"]);
});

test("a host that another namespace still defines keeps its index", () => {
  const [one, two] = [
    serviceEntry({ hosts: ["a.example"] }),
    serviceEntry({ namespace: "bank", hosts: ["a.example"] }),
  ];
  const placed = edited(meshOf(one, two), { vips: { "a.example": 5 } }).snapshot;
  const gone = edited(placed, { removed: [keyOf(one)] });
  expect(hostsWithoutService(gone.snapshot, gone.change)).toEqual([]);
});

test.each([
  ["a given local address stands in bind mode", ["127.255.0.3"], ["127.255.0.3"], ["240.240.0.7"]],
  ["a given address elsewhere stands in capture mode", ["10.1.0.1"], ["127.255.0.7"], ["10.1.0.1"]],
  ["each mode takes what it can use", ["127.1.0.1", "10.1.0.1"], ["127.1.0.1"], ["10.1.0.1"]],
  ["a block is nobody's address", ["10.0.0.0/8"], ["127.255.0.7"], ["240.240.0.7"]],
  ["a block of one address is one", ["127.1.0.1/32"], ["127.1.0.1"], ["240.240.0.7"]],
  ["no given address", [], ["127.255.0.7"], ["240.240.0.7"]],
])("%s", (_, addresses, bind, capture) => {
  const mesh = edited(meshOf(serviceEntry({ hosts: ["a.example"], addresses })), { vips: { "a.example": 7 } }).snapshot;
  const [found] = [...mesh.services.values()];
  expect(serviceAddresses(mesh, found!, "bind")).toEqual(bind);
  expect(serviceAddresses(mesh, found!, "capture")).toEqual(capture);
  const waiting = meshOf(serviceEntry({ hosts: ["a.example"] }));
  expect(serviceAddresses(waiting, [...waiting.services.values()][0]!, "bind")).toEqual([]);
});
