import { createSocket } from "node:dgram";
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import type { IpAddress, Namespace } from "@portolan/model";
import { afterEach, describe, expect, it } from "vitest";
import { queryDns } from "../client.ts";
import { a } from "../testing/answering.ts";
import { address, fakeUpstream, response } from "../testing/fake-upstream.ts";
import { createTestFeed, entry } from "../testing/mesh.ts";
import { onFreePort } from "../testing/on-free-port.ts";
import { agreed } from "../testing/oracle.ts";
import { queryBytes } from "../testing/query-bytes.ts";
import { createDnsServer, type DnsServer } from "./dns-server.ts";
import type { DnsServerOptions } from "./options.ts";
import { createRecordZones } from "./record-zones.ts";
import { startWorkers } from "./workers.ts";

const open: { stop(): Promise<void> }[] = [];
const host = "reviews.shop.global";

afterEach(async () => {
  for (const server of open.splice(0)) await server.stop();
});

async function start(options: DnsServerOptions) {
  const server = createDnsServer({ listen: { port: 0 }, workers: 2, ...options });
  open.push(server);
  await server.start();
  const { port } = server.address!;
  const ask = async (name: string, type = "A", tcp = false) => {
    const { rcode, answers } = await queryDns({ port, name, type, tcp, timeoutMs: 60_000 });
    return [rcode, ...answers.map(({ value }) => value)].join(" ");
  };
  /** Each question has a port of its own: of so many, none asks one thread alone. */
  const askAll = async (name: string, type = "A") =>
    new Set(await Promise.all(Array.from({ length: 24 }, () => ask(name, type))));
  return { server, ask, askAll, port };
}

const total = (server: DnsServer) => server.stats().queries.reduce((sum, { count }) => sum + count, 0);

describe("workers", () => {
  it("answer as one server does, over UDP and TCP, and their counts are summed", async () => {
    const { server, ask, askAll } = await start({ records: a(host, "127.255.0.3") });
    expect(await askAll(host)).toEqual(new Set(["NOERROR 127.255.0.3"]));
    expect(await askAll(host, "AAAA")).toEqual(new Set(["NOERROR"]));
    expect(await askAll("no.shop.global")).toEqual(new Set(["NXDOMAIN"]));
    expect(await askAll("www.example.com")).toEqual(new Set(["REFUSED"]));
    expect(await ask(host, "A", true)).toBe("NOERROR 127.255.0.3");
    expect(total(server)).toBe(4 * 24 + 1);
    expect(server.stats()).toMatchObject({ workers: 2, dropped: 0 });
    expect(server.stats().durations.counts.at(-1)).toBe(4 * 24 + 1);
  });

  it("the first query after a publication sees it, whichever thread gets it", async () => {
    const feed = createTestFeed({ upserted: [entry({ hosts: [host] })], vips: { [host]: 1 } });
    const { askAll } = await start({ feed });
    for (let index = 2; index < 22; index++) {
      feed.publish({ vips: { [host]: index } });
      // Nothing was awaited in between: the message to the threads and the questions are under way together.
      expect(await askAll(host)).toEqual(new Set([`NOERROR 127.255.0.${index}`]));
    }
    feed.publish({ removed: [entry({ hosts: [host] })], vips: { [host]: undefined } });
    expect(await askAll(host)).toEqual(new Set(["NXDOMAIN"]));
  });

  it("a query that a busy thread finds behind others is answered from what was published before it", async () => {
    const feed = createTestFeed({ upserted: [entry({ hosts: [host] })], vips: { [host]: 1 } });
    const { port } = await start({ feed, workers: 1 });
    const socket = createSocket("udp4");
    await new Promise<void>((resolve) => socket.connect(port, "127.0.0.1", () => resolve()));
    const last = new Map<number, string | undefined>();
    socket.on("message", (reply) => {
      if (reply.readUInt16BE(0) > 0) last.set(reply.readUInt16BE(0), agreed(reply).answers[0]?.value);
    });
    for (let index = 2; index < 60; index++) {
      for (let i = 0; i < 20; i++) socket.send(queryBytes({ id: 0, name: host }));
      feed.publish({ vips: { [host]: index } });
      socket.send(queryBytes({ id: index, name: host }));
      while (!last.has(index)) await new Promise(setImmediate);
      expect(last.get(index)).toBe(`127.255.0.${index}`);
    }
    socket.close();
  });

  it("answer while the thread that made the server does something else", async () => {
    const feed = createTestFeed({ upserted: [entry({ hosts: [host] })], vips: { [host]: 1 } });
    const viewOf = () => ({ namespace: "vm" as Namespace, labels: new Map(), mode: "bind" as const });
    const { port, ask } = await start({ feed, viewOf });
    expect(await ask(host)).toBe("NOERROR 127.255.0.1");
    const answered = new Int32Array(new SharedArrayBuffer(4));
    const client = new Worker(
      `const { parentPort, workerData: { port, query, answered } } = require("node:worker_threads");
       const socket = require("node:dgram").createSocket("udp4");
       socket.on("message", (reply) => { Atomics.store(answered, 0, reply.at(-1)); Atomics.notify(answered, 0); });
       parentPort.once("message", () => socket.send(query, port, "127.0.0.1"));
       socket.bind(0, "127.0.0.1", () => parentPort.postMessage("ready"));`,
      { eval: true, workerData: { port, query: queryBytes({ name: host }), answered } },
    );
    await once(client, "message");
    feed.publish({ vips: { [host]: 9 } });
    client.postMessage("go");
    // From here on this thread hears nothing until the answer is there: its last byte is that of the address.
    expect(Atomics.wait(answered, 0, 0, 60_000)).not.toBe("timed-out");
    expect(answered[0]).toBe(9);
    await client.terminate();
  });

  it("many names at once take slices; the old zone answers until all are there", async () => {
    const feed = createTestFeed({ upserted: [entry({ hosts: [host] })], vips: { [host]: 60_000 } });
    const { ask, askAll } = await start({ feed });
    const hosts = Array.from({ length: 5_000 }, (_, i) => `h${i}.shop.global`);
    feed.publish({
      upserted: [entry({ name: "many", hosts })],
      vips: Object.fromEntries(hosts.map((name, i) => [name, i + 1])),
    });
    feed.publish({ vips: { [host]: 60_001 } });
    while ((await ask(host)) !== "NOERROR 127.255.234.97") await new Promise(setImmediate);
    for (;;) {
      const seen = await askAll("h4999.shop.global");
      if (seen.size === 1 && seen.has("NOERROR 127.255.19.136")) break;
    }
    expect(await askAll("h0.shop.global")).toEqual(new Set(["NOERROR 127.255.0.1"]));
    expect(await askAll(host)).toEqual(new Set(["NOERROR 127.255.234.97"]));
  });

  it("clients get their own view, and another one from the publication on that changes it", async () => {
    const own = entry({
      name: "own",
      namespace: "vm",
      hosts: ["own.vm.global"],
      exportTo: { all: false, own: true, namespaces: [] },
    });
    const feed = createTestFeed({
      upserted: [entry({ hosts: [host] }), own],
      vips: { [host]: 3, "own.vm.global": 4 },
    });
    let namespace: string | undefined = "vm";
    const viewOf = (from: string) =>
      namespace === undefined || from !== "127.0.0.1"
        ? undefined
        : { namespace: namespace as Namespace, labels: new Map(), mode: "capture" as const };
    const { askAll, server } = await start({ feed, viewOf });
    expect(await askAll("own.vm.global")).toEqual(new Set(["NOERROR 240.240.0.4"]));
    expect(await askAll(host)).toEqual(new Set(["NOERROR 240.240.0.3"]));
    expect(server.stats().zone.views).toBe(2);
    namespace = "shop";
    feed.publish({ vips: { [host]: 5 } });
    expect(await askAll("own.vm.global")).toEqual(new Set(["NXDOMAIN"]));
    expect(await askAll(host)).toEqual(new Set(["NOERROR 240.240.0.5"]));
    namespace = undefined;
    feed.publish({ vips: { [host]: 6 } });
    expect(await askAll(host)).toEqual(new Set(["NOERROR 127.255.0.6"]));
  });

  it("dns case 48 before the first snapshot: SERVFAIL from each", async () => {
    const feed = createTestFeed();
    const { askAll } = await start({ feed });
    expect(await askAll(host)).toEqual(new Set(["SERVFAIL"]));
    feed.publish({ upserted: [entry({ hosts: [host] })], vips: { [host]: 3 } });
    expect(await askAll(host)).toEqual(new Set(["NOERROR 127.255.0.3"]));
  });

  it("each forwards what is not ours, and what they counted is summed", async () => {
    await using upstream = await fakeUpstream((query) => response(query, { answers: [address(query, "192.0.2.1")] }));
    const { askAll, server } = await start({
      records: a(host, "127.255.0.3"),
      upstreams: [upstream.text],
      // So that no question is asked twice because the machine is busy.
      forwardTimeout: { totalMs: 60_000, attemptMs: 60_000 },
    });
    expect(await askAll("www.example.com")).toEqual(new Set(["NOERROR 192.0.2.1"]));
    expect(upstream.asked.length).toBeLessThanOrEqual(2);
    // Workers lay their counts down now and then.
    const counted = () => {
      const { cacheHits = 0, cacheMisses = 0, upstreams = [] } = server.stats().forwarder ?? {};
      return [cacheHits + cacheMisses, upstreams[0]?.queries];
    };
    await expect.poll(counted).toEqual([24, upstream.asked.length]);
  });

  it("a second server on the port is refused, although sockets can share it", async () => {
    const { port } = await start({ records: a(host, "127.255.0.3") });
    const second = createDnsServer({ records: [], listen: { port }, workers: 2 });
    open.push(second);
    await expect(second.start()).rejects.toMatchObject({ code: "address-in-use" });
  });

  it("dns case 47 an upstream that asks us back is found out by whichever thread it asks", async () => {
    const mirror = createSocket("udp4");
    await new Promise<void>((resolve) => mirror.bind(0, "127.0.0.1", resolve));
    let port = 0;
    mirror.on("message", (message) => port > 0 && mirror.send(message, port, "127.0.0.1"));
    const server = createDnsServer({
      records: a(host, "127.255.0.3"),
      listen: { port: 0 },
      workers: 2,
      upstreams: [`127.0.0.1:${mirror.address().port}`],
      forwardTimeout: { totalMs: 1_000, attemptMs: 100 },
    });
    open.push(server);
    await server.start();
    port = server.address!.port;
    while (server.stats().forwarder?.upstreams[0]?.loops !== true) {
      await queryDns({ port, name: "www.example.com" });
    }
    expect((await queryDns({ port, name: "other.example.com" })).rcode).toBe("SERVFAIL");
    mirror.close();
  });

  it("a worker that ends is replaced, with the zones as they are then", async () => {
    const zones = createRecordZones(a(host, "127.255.0.3"), {
      suffixes: ["global"],
      pools: [],
      ttlSeconds: 30,
      unknownNames: "nameError",
      search: [],
    });
    const workers = startWorkers({ count: 1, zones, views: false, early: undefined, forwarder: undefined });
    open.push({ stop: () => workers.close() });
    const port = await onFreePort(async (free) => {
      await workers.listen({ address: "127.0.0.1" as IpAddress, port: free });
      return free;
    });
    const first = workers.threads[0];
    zones.update([[host, a(host, "127.255.0.4")]]);
    await first?.terminate();
    zones.update([[host, a(host, "127.255.0.5")]]);
    for (;;) {
      const answer = await queryDns({ port, name: host, timeoutMs: 200 }).catch(() => undefined);
      if (answer === undefined) continue;
      expect(answer.answers.map(({ value }) => value)).toEqual(["127.255.0.5"]);
      break;
    }
    expect(workers.threads[0]).not.toBe(first);
  });
});
