import { once } from "node:events";
import { connect } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { queryDns } from "../client.ts";
import { a } from "../testing/answering.ts";
import { address, fakeUpstream, response } from "../testing/fake-upstream.ts";
import { createTestFeed, entry } from "../testing/mesh.ts";
import { onFreePort } from "../testing/on-free-port.ts";
import { createDnsServer, type DnsServer } from "./dns-server.ts";
import type { DnsServerOptions } from "./options.ts";

const host = "reviews.shop.global";
const records = a(host, "127.255.0.3");
const open: DnsServer[] = [];

afterEach(async () => {
  for (const server of open.splice(0)) await server.stop();
});

async function started(options: DnsServerOptions): Promise<DnsServer> {
  const server = createDnsServer(options);
  open.push(server);
  await server.start();
  return server;
}

const anyPort = (...addresses: string[]) => addresses.map((one) => ({ address: one, port: 0 }));

describe("several addresses", () => {
  it.each([0, 2])("IPv4 and IPv6 side by side, UDP and TCP, with %i workers", async (workers) => {
    const server = await started({ records, workers, listen: anyPort("127.0.0.1", "127.0.0.2", "::1") });
    expect(server.addresses.map((one) => one.address)).toEqual(["127.0.0.1", "127.0.0.2", "::1"]);
    expect(server.address).toEqual(server.addresses[0]);
    for (const { address: at, port } of server.addresses) {
      for (const tcp of [false, true]) {
        const { answers } = await queryDns({ server: at, port, name: host, tcp });
        expect(answers.map(({ value }) => value)).toEqual(["127.255.0.3"]);
      }
    }
    const count = (transport: string) =>
      server.stats().queries.reduce((sum, one) => sum + (one.transport === transport ? one.count : 0), 0);
    expect([count("udp"), count("tcp")]).toEqual([3, 3]);
  });

  it.each([0, 2])("where one cannot be had, none is kept, with %i workers", async (workers) => {
    await onFreePort(async (port) => {
      const first = await started({ records, listen: { address: "127.0.0.2", port } });
      const second = createDnsServer({ records, workers, listen: [{ port: 0 }, { address: "127.0.0.2", port }] });
      await expect(second.start()).rejects.toMatchObject({ code: "address-in-use" });
      expect(second.addresses).toEqual([]);
      await second.stop();
      await first.stop();
      await started({ records, workers, listen: { address: "127.0.0.2", port } });
    });
  });

  it("`::` is IPv6 alone, so that 0.0.0.0 may stand beside it on the same port", async () => {
    const port = await onFreePort(async (free) => {
      await started({ records, listen: { address: "0.0.0.0", port: free } });
      const both = await started({ records: a(host, "127.255.0.6"), listen: { address: "::", port: free } });
      expect(both.address?.port).toBe(free);
      return free;
    });
    const ask = async (at: string) => (await queryDns({ server: at, port, name: host })).answers[0]?.value;
    expect([await ask("127.0.0.1"), await ask("::1")]).toEqual(["127.255.0.3", "127.255.0.6"]);
  });

  it("dns case 46 the connections of all addresses are counted together", async () => {
    const server = await started({ records, tcp: { connections: 2 }, listen: anyPort("127.0.0.1", "127.0.0.2") });
    const sockets = [];
    for (const { address: at, port } of [...server.addresses, ...server.addresses]) {
      const socket = connect(port, at);
      socket.on("error", () => {});
      sockets.push(socket);
      await once(socket, "connect");
    }
    while (server.stats().tcpRefused < 2) await new Promise(setImmediate);
    expect(server.stats().tcpConnections).toBe(2);
    for (const socket of sockets) socket.destroy();
  });

  it.each([
    ["no address", []],
    ["one twice", [{ port: 53 }, { port: 53 }]],
    ["no IP address", [{ address: "localhost" }]],
  ])("%s is refused", (_, listen) => {
    expect(() => createDnsServer({ records, listen })).toThrow(expect.objectContaining({ code: "bad-option" }));
  });

  it.each([-1, 1.5, 257])("%d workers are refused", (workers) => {
    expect(() => createDnsServer({ records, workers })).toThrow(expect.objectContaining({ code: "bad-option" }));
  });
});

describe("dns case 48 before the first snapshot", () => {
  it.each([0, 2])(
    "other names are forwarded where that is wished, ours fail, and the machine's own are known; %i workers",
    async (workers) => {
      await using upstream = await fakeUpstream((query) => response(query, { answers: [address(query, "192.0.2.1")] }));
      const feed = createTestFeed();
      const upstreams = [upstream.text];
      const server = await started({ feed, workers, upstreams, beforeFirstSnapshot: "forward", listen: { port: 0 } });
      const { port } = server.address!;
      const ask = async (name: string, type = "A") => {
        const { rcode, answers } = await queryDns({ port, name, type });
        return [rcode, ...answers.map(({ value }) => value)].join(" ");
      };
      expect(await ask("www.example.com")).toBe("NOERROR 192.0.2.1");
      expect(await ask("api.books.example")).toBe("NOERROR 192.0.2.1");
      expect(await ask(host)).toBe("SERVFAIL");
      expect(await ask("global", "SOA")).toBe("SERVFAIL");
      expect(await ask("reviews.shop.svc.cluster.local")).toBe("SERVFAIL");
      expect(await ask("3.0.255.127.in-addr.arpa", "PTR")).toBe("SERVFAIL");
      expect(await ask("localhost")).toBe("NOERROR 127.0.0.1");
      expect(await ask("www.invalid")).toBe("NXDOMAIN");
      feed.publish({
        upserted: [entry({ hosts: [host] }), entry({ name: "books", hosts: ["api.books.example"] })],
        vips: { [host]: 3, "api.books.example": 4 },
      });
      expect(await ask("api.books.example")).toBe("NOERROR 127.255.0.4");
      expect(await ask(host)).toBe("NOERROR 127.255.0.3");
    },
  );

  it("everything fails where it is not wished: a name that is missing now is there soon", async () => {
    await using upstream = await fakeUpstream((query) => response(query, { answers: [address(query, "192.0.2.1")] }));
    const server = await started({ feed: createTestFeed(), upstreams: [upstream.text], listen: { port: 0 } });
    const { port } = server.address!;
    for (const name of [host, "www.example.com"]) expect((await queryDns({ port, name })).rcode).toBe("SERVFAIL");
    expect(upstream.asked).toEqual([]);
  });

  it("without an upstream to forward to, other names are refused", async () => {
    const server = await started({ feed: createTestFeed(), beforeFirstSnapshot: "forward", listen: { port: 0 } });
    expect((await queryDns({ port: server.address!.port, name: "www.example.com" })).rcode).toBe("REFUSED");
  });
});
