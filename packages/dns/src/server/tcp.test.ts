import { Resolver } from "node:dns/promises";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { a, many } from "../testing/answering.ts";
import { address, fakeUpstream, response } from "../testing/fake-upstream.ts";
import { queryBytes } from "../testing/query-bytes.ts";
import { readU16 } from "../wire/bytes.ts";
import { createFrameReader } from "../wire/frames.ts";
import { createDnsServer, type DnsServer } from "./dns-server.ts";
import type { DnsServerOptions } from "./options.ts";

const open: { stop(): Promise<void> }[] = [];
const sockets: Socket[] = [];

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  for (const server of open.splice(0)) await server.stop();
});

async function started(options: Partial<DnsServerOptions> = {}): Promise<DnsServer> {
  const records = [...a("reviews.shop.global", "127.255.0.3"), ...a("huge.shop.global", ...many(4_000))];
  const server = createDnsServer({ records, listen: { port: 0 }, ...options } as DnsServerOptions);
  open.push(server);
  await server.start();
  return server;
}

async function client(server: DnsServer, localAddress = "127.0.0.1") {
  const socket = connect({ port: server.address!.port, host: "127.0.0.1", localAddress });
  sockets.push(socket);
  socket.on("error", () => {});
  const reader = createFrameReader(65_535);
  const replies: Uint8Array[] = [];
  socket.on("data", (chunk) => {
    const frames = reader.push(chunk);
    if (frames !== "oversize") replies.push(...frames);
  });
  // Not `once`: an end may come as a reset.
  const closed = new Promise<void>((resolve) => socket.on("close", () => resolve()));
  await once(socket, "connect");
  return {
    socket,
    replies,
    closed,
    send: (...messages: Uint8Array[]) => socket.write(Buffer.concat(messages.map(framed))),
    async receive(count: number): Promise<readonly Uint8Array[]> {
      while (replies.length < count) await once(socket, "data");
      return replies;
    },
  };
}

function framed(message: Uint8Array): Buffer {
  return Buffer.from([message.length >> 8, message.length & 255, ...message]);
}

const ids = (replies: readonly Uint8Array[]) => replies.map((reply) => readU16(reply, 0));

describe("TCP", () => {
  it("dns case 45 many queries on one connection, in one piece or byte by byte", async () => {
    const { send, receive, socket } = await client(await started());
    send(queryBytes({ id: 1 }), queryBytes({ id: 2, name: "no.global" }), queryBytes({ id: 3 }));
    expect(ids(await receive(3))).toEqual([1, 2, 3]);
    for (const byte of framed(queryBytes({ id: 4 }))) socket.write(Uint8Array.of(byte));
    expect(ids(await receive(4))).toEqual([1, 2, 3, 4]);
  });

  it("dns case 45 a name of the mesh is answered before one that is still asked for elsewhere", async () => {
    let answer = () => {};
    const gate = new Promise<void>((resolve) => {
      answer = resolve;
    });
    const upstream = await fakeUpstream(async (query) => {
      await gate;
      return response(query, { answers: [address(query, "192.0.2.1")] });
    });
    open.push(upstream);
    const { send, receive } = await client(await started({ upstreams: [upstream.text] }));
    send(queryBytes({ id: 1, name: "www.example.com" }), queryBytes({ id: 2 }));
    expect(ids(await receive(1))).toEqual([2]);
    answer();
    expect(ids(await receive(2))).toEqual([2, 1]);
  });

  it("dns case 45 a client that has said all and half-closes gets its answers, then the end", async () => {
    const { socket, closed, replies } = await client(await started());
    socket.end(Buffer.concat([framed(queryBytes({ id: 1 })), framed(queryBytes({ id: 2 }))]));
    await closed;
    expect(ids(replies)).toEqual([1, 2]);
  });

  it("dns case 45 the answer that UDP had to cut is whole; above 65,535 bytes it is cut as well", async () => {
    const records = [...a("many.shop.global", ...many(3_000)), ...a("more.shop.global", ...many(4_200))];
    const { send, receive } = await client(await started({ records }));
    send(queryBytes({ name: "many.shop.global" }), queryBytes({ name: "more.shop.global" }));
    const [whole, cut] = await receive(2);
    expect([readU16(whole!, 6), readU16(whole!, 2) & 0x0200]).toEqual([3_000, 0]);
    expect([readU16(cut!, 6), readU16(cut!, 2) & 0x0200]).toEqual([0, 0x0200]);
  });

  it("dns case 46 frames of no use end the connection: 0, 11 and 65,535 bytes, a response", async () => {
    const server = await started();
    for (const bytes of [
      [0, 0],
      [0, 11, ...new Array<number>(11).fill(0)],
      [255, 255, 1],
      [...framed(queryBytes({ flags: 0x8000 }))],
    ]) {
      const { socket, closed, replies } = await client(server);
      socket.write(Uint8Array.from(bytes));
      await closed;
      expect(replies).toEqual([]);
    }
  });

  it("dns case 46 silent, dripping and idle clients are cut off when their time is over", async () => {
    let nowMs = 0;
    const server = await started({ now: () => nowMs });
    const silent = await client(server);
    const dripping = await client(server);
    dripping.socket.write(Buffer.concat([framed(queryBytes({ id: 1 })), Buffer.of(0, 40)]));
    const idle = await client(server);
    idle.send(queryBytes({ id: 2 }));
    await Promise.all([dripping.receive(1), idle.receive(1)]);
    nowMs = 2_000;
    await silent.closed;
    while (server.stats().tcpConnections === 3) await new Promise(setImmediate);
    expect(server.stats().tcpConnections).toBe(2);
    dripping.socket.write(Uint8Array.of(1));
    nowMs = 10_000;
    await Promise.all([dripping.closed, idle.closed]);
    expect([silent, dripping, idle].map(({ replies }) => ids(replies))).toEqual([[], [1], [2]]);
  });

  it("dns case 46 a client that does not read stops being read, and is cut off", async () => {
    const server = await started({ tcp: { frameMs: 100 } });
    const { socket, closed } = await client(server);
    socket.pause();
    socket.write(
      Buffer.concat(Array.from({ length: 127 }, (_, id) => framed(queryBytes({ id, name: "huge.shop.global" })))),
    );
    while (server.stats().tcpConnections > 0) await new Promise(setImmediate);
    // Some hundred kilobytes in the system's buffers: by far not the 8 MB that were asked for.
    const answered = server.stats().queries.reduce((sum, { count }) => sum + count, 0);
    expect(answered).toBeLessThan(120);
    socket.destroy();
    await closed;
  });

  it("dns case 46 a connection ends after its share of queries, all of them answered", async () => {
    const { send, closed, replies } = await client(await started({ tcp: { queriesPerConnection: 5 } }));
    send(...Array.from({ length: 9 }, (_, id) => queryBytes({ id })));
    await closed;
    expect(ids(replies)).toEqual([0, 1, 2, 3, 4]);
  });

  it("dns case 46 more connections than allowed in all, of many addresses, are closed at once", async () => {
    const server = await started({ tcp: { connections: 3 } });
    const held = await Promise.all([1, 2, 3].map((last) => client(server, `127.0.0.${last}`)));
    await (await client(server, "127.0.0.4")).closed;
    expect(server.stats()).toMatchObject({ tcpConnections: 3, tcpRefused: 1 });
    held[0]!.socket.destroy();
    while (server.stats().tcpConnections > 2) await new Promise(setImmediate);
    const next = await client(server, "127.0.0.4");
    next.send(queryBytes({ id: 4 }));
    expect(ids(await next.receive(1))).toEqual([4]);
  });

  it("dns case 46 one connection has no more than sixteen questions under way; the others wait for these", async () => {
    const open: (() => void)[] = [];
    const upstream = await fakeUpstream(
      (query) =>
        new Promise((resolve) => open.push(() => resolve(response(query, { answers: [address(query, "192.0.2.1")] })))),
    );
    const server = await started({
      upstreams: [upstream.text],
      forwardTimeout: { totalMs: 60_000, attemptMs: 60_000 },
    });
    const { send, receive } = await client(server);
    send(...Array.from({ length: 20 }, (_, id) => queryBytes({ id, name: `h${id}.example.com` })));
    while (open.length < 16) await new Promise(setImmediate);
    for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
    expect([upstream.asked.length, server.stats().forwarder?.inFlight]).toEqual([16, 16]);
    const opened = (async () => {
      for (let at = 0; at < 20; at++) {
        while (open.length <= at) await new Promise(setImmediate);
        open[at]!();
      }
    })();
    expect(new Set(ids(await receive(20))).size).toBe(20);
    await opened;
    await upstream.stop();
  });

  it("dns case 46 more connections than allowed of one address are closed at once; the others go on", async () => {
    const server = await started({ tcp: { connectionsPerAddress: 3 } });
    const held = await Promise.all([client(server), client(server), client(server)]);
    for (let i = 0; i < 20; i++) await (await client(server)).closed;
    expect(server.stats()).toMatchObject({ tcpConnections: 3, tcpRefused: 20 });
    held[0].send(queryBytes({ id: 9 }));
    expect(ids(await held[0].receive(1))).toEqual([9]);
  });
});

describe("Node's resolver as a client", () => {
  it("finds addresses, ports and names, comes back over TCP, and tells no data from no name", async () => {
    const server = await started({
      records: [
        ...a("reviews.shop.global", "127.255.0.3"),
        ...a("many.shop.global", ...many(200)),
        { name: "_http._tcp.reviews.shop.global", type: "SRV", port: 8000, target: "reviews.shop.global" },
        { name: "alias.shop.global", type: "CNAME", target: "reviews.shop.global" },
      ],
    });
    const resolver = new Resolver({ timeout: 2_000, tries: 2 });
    resolver.setServers([`127.0.0.1:${server.address!.port}`]);
    expect(await resolver.resolve4("reviews.shop.global", { ttl: true })).toEqual([
      { address: "127.255.0.3", ttl: 30 },
    ]);
    expect(await resolver.resolve4("alias.shop.global")).toEqual(["127.255.0.3"]);
    expect((await resolver.resolve4("many.shop.global")).length).toBe(200);
    expect(await resolver.resolveSrv("_http._tcp.reviews.shop.global")).toMatchObject([
      { name: "reviews.shop.global", port: 8000 },
    ]);
    await expect(resolver.resolve6("reviews.shop.global")).rejects.toMatchObject({ code: "ENODATA" });
    await expect(resolver.resolve4("no.shop.global")).rejects.toMatchObject({ code: "ENOTFOUND" });
    await expect(resolver.resolve4("www.example.com")).rejects.toMatchObject({ code: "EREFUSED" });
  });
});
