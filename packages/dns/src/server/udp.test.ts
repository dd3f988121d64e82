import { createSocket } from "node:dgram";
import { once } from "node:events";
import type { IpAddress } from "@portolan/model";
import { describe, expect, it } from "vitest";
import { queryDns } from "../client.ts";
import { a } from "../testing/answering.ts";
import { onFreePort } from "../testing/on-free-port.ts";
import { queryBytes } from "../testing/query-bytes.ts";
import { readU16 } from "../wire/bytes.ts";
import type { Exchange } from "./answerer.ts";
import { createDnsServer } from "./dns-server.ts";
import { canBeAnswered } from "./listen-address.ts";
import { openUdp } from "./udp-listener.ts";

const records = a("reviews.shop.global", "127.255.0.3");

async function started(address = "127.0.0.1", port = 0) {
  const server = createDnsServer({ records, listen: { address, port } });
  await server.start();
  return server;
}

describe("UDP", () => {
  it("answers over IPv4 and IPv6", async () => {
    for (const address of ["127.0.0.1", "::1"]) {
      await using server = await started(address);
      const { answers } = await queryDns({ server: address, port: server.address!.port, name: "reviews.shop.global" });
      expect(answers.map(({ value }) => value)).toEqual(["127.255.0.3"]);
    }
  });

  it("a server that is stopped sends what it has answered", async () => {
    let heard = 0;
    const stopping = Promise.withResolvers<void>();
    const now = () => {
      // The last of three that come in one turn of the event loop: it is answered before the end of the turn.
      if (++heard === 3) process.nextTick(() => void server.close().then(stopping.resolve));
      return 0;
    };
    const answer = (one: Exchange) => one.send(one.message);
    const server = await openUdp({
      listen: { address: "127.0.0.1" as IpAddress, port: 0 },
      reusePort: false,
      answer,
      now,
    });
    const client = createSocket("udp4");
    const ids: number[] = [];
    client.on("message", (message) => ids.push(readU16(message, 0)));
    for (const id of [1, 2, 3]) client.send(queryBytes({ id }), server.port, "127.0.0.1");
    await stopping.promise;
    while (ids.length < 3) await new Promise(setImmediate);
    expect(ids).toEqual([1, 2, 3]);
    client.close();
  });

  it("dns case 3 nothing is sent to port 0 or to ourselves", () => {
    const own = { address: "127.0.0.1" as IpAddress, port: 53 };
    const anywhere = { address: "::" as IpAddress, port: 53 };
    expect(canBeAnswered({ address: "10.0.0.1", port: 0 }, own)).toBe(false);
    expect(canBeAnswered({ address: "127.0.0.1", port: 53 }, own)).toBe(false);
    expect(canBeAnswered({ address: "127.0.0.1", port: 54 }, own)).toBe(true);
    expect(canBeAnswered({ address: "127.0.0.2", port: 53 }, own)).toBe(true);
    expect(canBeAnswered({ address: "::1", port: 53 }, anywhere)).toBe(false);
    expect(canBeAnswered({ address: "fd00::1", port: 53 }, anywhere)).toBe(true);
  });

  it("dns case 3 a message that has our own source does not reach the zone", async () => {
    const answered: number[] = [];
    const answer = (one: Exchange) => {
      answered.push(readU16(one.message, 0));
      one.send(one.message);
    };
    // Two sockets share a port, and the system chooses by the port's hash who gets what one of them sends to both: one port in two is ours.
    for (let dropped = 0; dropped === 0; ) {
      const listen = { address: "127.0.0.1" as IpAddress, port: 0 };
      const listener = await openUdp({ listen, reusePort: true, answer, now: () => 0 });
      const shared = createSocket({ type: "udp4", reusePort: true });
      shared.bind(listener.port, "127.0.0.1");
      await once(shared, "listening");
      let back = false;
      shared.on("message", () => {
        back = true;
      });
      shared.send(queryBytes({ id: 1 }), listener.port, "127.0.0.1");
      while (!back && listener.dropped === 0 && answered.length === 0) await new Promise(setImmediate);
      dropped = listener.dropped + answered.length;
      shared.close();
      await listener.close();
    }
    expect(answered).toEqual([]);
  });

  it("dns case 18 G11 one message has one reply, and an answer none", async () => {
    await using server = await started();
    const { port } = server.address!;
    const socket = createSocket("udp4");
    const got: number[] = [];
    socket.on("message", (message) => got.push(message.readUInt16BE(0)));
    const fence = async (id: number) => {
      socket.send(queryBytes({ id }), port, "127.0.0.1");
      while (!got.includes(id)) await once(socket, "message");
    };
    await fence(1);
    for (let i = 0; i < 50; i++) socket.send(queryBytes({ id: 7, flags: 0x8100 }), port, "127.0.0.1");
    for (let id = 100; id < 150; id++) socket.send(queryBytes({ id }), port, "127.0.0.1");
    await fence(2);
    await fence(3);
    expect(got).toEqual([1, ...Array.from({ length: 50 }, (_, i) => 100 + i), 2, 3]);
    socket.close();
  });

  it("a port that is taken, an address that is not ours and a bad option are errors with a code", async () => {
    await using server = await started();
    const { port } = server.address!;
    await expect(started("127.0.0.1", port)).rejects.toMatchObject({
      code: "address-in-use",
      message: expect.stringContaining(`127.0.0.1:${port}`),
    });
    await expect(started("192.0.2.1")).rejects.toMatchObject({ code: "address-not-available" });
    for (const option of [
      { ttlSeconds: 0 },
      { ttlSeconds: 301 },
      { upstreams: ["dns.example"] },
      { suffixes: ["a..b"] },
      { listen: { port: 70_000 } },
    ]) {
      expect(() => createDnsServer({ records, ...option })).toThrow(expect.objectContaining({ code: "bad-option" }));
    }
    expect(() => createDnsServer({} as never)).toThrow(expect.objectContaining({ code: "bad-option" }));
  });

  it("a TCP port that is taken gives the UDP port back", async () => {
    const { createServer } = await import("node:net");
    await onFreePort(async (port) => {
      const tcp = createServer().listen(port, "127.0.0.1");
      await once(tcp, "listening");
      await expect(started("127.0.0.1", port)).rejects.toMatchObject({ code: "address-in-use" });
      tcp.close();
      await once(tcp, "close");
      await using server = await started("127.0.0.1", port);
      expect(server.address?.port).toBe(port);
    });
  });

  it("queries are counted by type, code and transport, and published", async () => {
    const { subscribe, unsubscribe } = await import("node:diagnostics_channel");
    const seen: unknown[] = [];
    const listener = (message: unknown) => seen.push(message);
    subscribe("portolan:dns:query", listener);
    await using server = await started();
    const { port } = server.address!;
    await queryDns({ port, name: "reviews.shop.global" });
    await queryDns({ port, name: "no.global", type: "AAAA", tcp: true });
    unsubscribe("portolan:dns:query", listener);
    expect(seen).toMatchObject([
      { type: "A", rcode: "NOERROR", transport: "udp", by: "zone" },
      { type: "AAAA", rcode: "NXDOMAIN", transport: "tcp", by: "zone" },
    ]);
    const { queries, durations } = server.stats();
    expect(queries).toEqual([
      { type: "A", rcode: "NOERROR", transport: "udp", count: 1 },
      { type: "AAAA", rcode: "NXDOMAIN", transport: "tcp", count: 1 },
    ]);
    expect(durations.counts.at(-1)).toBe(2);
  });
});
