import { once } from "node:events";
import { connect } from "node:net";
import { afterEach, describe, it } from "vitest";
import { a, many } from "../testing/answering.ts";
import { exchange } from "../testing/exchange.ts";
import { address, fakeUpstream, response, soa } from "../testing/fake-upstream.ts";
import { createTestFeed, entry } from "../testing/mesh.ts";
import { hex, queryBytes } from "../testing/query-bytes.ts";
import { expectTranscript, replyText, shortHex } from "../testing/transcript.ts";
import { createDnsServer, type DnsServer } from "./dns-server.ts";
import type { DnsServerOptions } from "./options.ts";

const open: { stop(): Promise<void> }[] = [];

afterEach(async () => {
  for (const server of open.splice(0)) await server.stop();
});

async function started(options: Partial<DnsServerOptions> = {}): Promise<DnsServer> {
  const records = [...a("reviews.shop.global", "127.255.0.3"), ...a("huge.shop.global", ...many(5_000))];
  const server = createDnsServer({ records, listen: { port: 0 }, ...options } as DnsServerOptions);
  open.push(server);
  await server.start();
  return server;
}

const framed = (message: Uint8Array) => Buffer.from([message.length >> 8, message.length & 255, ...message]);

/** What is written in these pieces, and all that comes back until the end. */
async function stream(title: string, server: DnsServer, ...pieces: readonly Uint8Array[]): Promise<readonly string[]> {
  const socket = connect({ port: server.address!.port, host: "127.0.0.1", noDelay: true });
  const chunks: Buffer[] = [];
  socket.on("data", (chunk) => chunks.push(chunk));
  socket.on("error", () => {});
  const closed = new Promise<void>((resolve) => socket.on("close", () => resolve()));
  await once(socket, "connect");
  for (const piece of pieces) await new Promise<void>((resolve) => socket.write(piece, () => resolve()));
  socket.end();
  await closed;
  const back = Buffer.concat(chunks);
  return [`# ${title}`, ...pieces.map((piece) => `> ${shortHex(piece)}`), `< ${shortHex(back)}`, "closed", ""];
}

describe("goldens over sockets", () => {
  it("dns case 45 TCP", async () => {
    const server = await started();
    const both = Buffer.concat([framed(queryBytes({ id: 1 })), framed(queryBytes({ id: 2, name: "no.global" }))]);
    await expectTranscript("case-45-tcp", [
      ...(await stream("two questions in one piece, then the client's end", server, both)),
      ...(await stream("in three pieces", server, both.subarray(0, 1), both.subarray(1, 20), both.subarray(20))),
      ...(await stream("a question that is cut", server, both.subarray(0, 30))),
    ]);
  });

  it("dns case 46 TCP that is of no use", async () => {
    const server = await started();
    const question = framed(queryBytes({ id: 1 }));
    const then = (...bytes: number[]) => Buffer.concat([question, Uint8Array.from(bytes)]);
    await expectTranscript("case-46-limits", [
      ...(await stream("an empty frame", server, then(0, 0))),
      ...(await stream("a frame of 65535 bytes", server, then(255, 255, 0))),
      ...(await stream("a response", server, then(...framed(queryBytes({ flags: 0x8000 }))))),
      ...(await stream("nothing", server)),
      ...(await stream(
        "an answer of more than 65535 bytes: TC",
        server,
        framed(queryBytes({ name: "huge.shop.global" })),
      )),
    ]);
  });

  it("dns case 47 forwarding", async () => {
    const upstream = await fakeUpstream((query) => {
      const name = query.questions?.[0]?.name;
      if (name === "no.example.com") return response(query, { rcode: 3, authorities: [soa("example.com", 300, 60)] });
      if (name === "broken.example.com") return response(query, { rcode: 2 });
      if (name === "silent.example.com") return undefined;
      const lie = response(query, { answers: [address(query, "203.0.113.66")], id: ((query.id ?? 0) + 1) & 0xffff });
      return [lie, response(query, { answers: [address(query, "192.0.2.1", 60)] })];
    });
    open.push(upstream);
    const server = await started({
      upstreams: [upstream.text],
      forwardTimeout: { totalMs: 2_000, attemptMs: 300 },
      now: () => 0,
    });
    const lines: string[] = [];
    for (const host of ["www", "no", "broken", "silent"]) {
      const query = queryBytes({ name: `${host}.example.com`, edns: {} });
      const before = upstream.queries.length;
      const reply = await exchange(server.address!.port, query);
      const [asked] = upstream.queries.slice(before);
      const opt = asked?.additionals?.some(({ type }) => type === "OPT") === true ? ", OPT" : "";
      lines.push(`# ${host}.example.com`, `> ${hex(query)}`);
      lines.push(`  asked of the upstream: ${asked?.questions?.[0]?.name} ${asked?.questions?.[0]?.type}${opt}`);
      lines.push(replyText(reply));
    }
    await expectTranscript("case-47-forwarding", lines);
  });

  it("dns case 48 before the first snapshot, and over swaps", async () => {
    const host = "reviews.shop.global";
    const feed = createTestFeed();
    const server = createDnsServer({ feed, listen: { port: 0 } });
    open.push(server);
    await server.start();
    const lines: string[] = [];
    const asked = async (title: string) => {
      lines.push(`# ${title}`, `> ${hex(queryBytes())}`, replyText(await exchange(server.address!.port, queryBytes())));
    };
    await asked("before the first snapshot");
    feed.publish({ upserted: [entry({ hosts: [host] })], vips: { [host]: 3 } });
    await asked("the first snapshot");
    feed.publish({ vips: { [host]: 4 } });
    await asked("another address");
    feed.publish({ removed: [entry({ hosts: [host] })], vips: { [host]: undefined } });
    await asked("removed");
    await expectTranscript("case-48-snapshots", lines);
  });
});
