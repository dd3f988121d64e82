import type { Hostname, Protocol, Service, ServicePort } from "@portolan/model";
import { expect, test } from "vitest";
import { type SlotMember, shareSlot } from "./slot.ts";

function member(host: string, protocol: Protocol, namespace = "shop"): SlotMember {
  const hostname = host as Hostname;
  const id = `${namespace}/${host}`;
  return { service: { id, hostname } as unknown as Service, port: { number: 8000, protocol } as ServicePort };
}

const names = (members: readonly SlotMember[] = []) => members.map(({ service }) => service.id);

test.each<[SlotMember[], "http" | "tls" | "tcp", string[], string[]]>([
  [[member("b.x", "HTTP"), member("a.x", "GRPC")], "http", ["shop/a.x", "shop/b.x"], []],
  [[member("b.x", "HTTPS"), member("a.x", "TLS")], "tls", ["shop/a.x", "shop/b.x"], []],
  [[member("b.x", "TCP"), member("a.x", "MYSQL")], "tcp", ["shop/a.x"], ["shop/b.x"]],
  [[member("b.x", "HTTP"), member("a.x", "TCP")], "tcp", ["shop/a.x"], ["shop/b.x"]],
  [[member("b.x", "HTTP"), member("a.x", "UDP")], "http", ["shop/b.x"], []],
  [[member("a.x", "HTTP", "b"), member("a.x", "HTTP", "a")], "http", ["a/a.x"], ["b/a.x"]],
])(
  "%#: HTTP shares by Host, TLS by SNI, TCP not at all; the first by host name decides",
  (members, family, carried, refused) => {
    for (const order of [members, members.toReversed()]) {
      const share = shareSlot(order);
      expect(share?.family).toBe(family);
      expect(names(share?.carried)).toEqual(carried);
      expect(names(share?.refused)).toEqual(refused);
    }
  },
);

test("nothing but UDP is nothing", () => {
  expect(shareSlot([member("a.x", "UDP")])).toBeUndefined();
});
