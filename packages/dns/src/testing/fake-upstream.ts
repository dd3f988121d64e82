import { createSocket, type Socket as UdpSocket } from "node:dgram";
import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import * as dnsPacket from "dns-packet";
import type { Transport } from "../server/channels.ts";
import { createFrameReader } from "../wire/frames.ts";

export type Reply = Buffer | readonly Buffer[] | undefined;

export interface FakeUpstream extends AsyncDisposable {
  readonly port: number;
  readonly address: string;
  /** `ADDRESS:PORT`. */
  readonly text: string;
  /** Names that were asked, without the probes for loops. */
  readonly asked: string[];
  /** Source ports of the queries. */
  readonly ports: number[];
  readonly ids: number[];
  /** Decoded queries. */
  readonly queries: dnsPacket.DecodedPacket[];
  stop(): Promise<void>;
}

/** A DNS server that says what a test wants; undefined is silence, several buffers are several replies. */
export async function fakeUpstream(
  reply: (query: dnsPacket.DecodedPacket, transport: Transport) => Reply | Promise<Reply>,
  address = "127.0.0.1",
): Promise<FakeUpstream> {
  const { udp, tcp, port } = await openBoth(address);
  const sockets = new Set<Socket>();
  const asked: string[] = [];
  const ports: number[] = [];
  const ids: number[] = [];
  const queries: dnsPacket.DecodedPacket[] = [];

  async function answer(message: Uint8Array, transport: Transport, port: number): Promise<readonly Buffer[]> {
    const query = dnsPacket.decode(Buffer.from(message));
    const name = query.questions?.[0]?.name ?? "";
    if (query.questions?.[0]?.type === "HINFO") return [];
    asked.push(name);
    ports.push(port);
    ids.push(query.id ?? -1);
    queries.push(query);
    const replies = await reply(query, transport);
    return replies === undefined ? [] : [replies].flat();
  }

  udp.on("message", async (message, from) => {
    for (const bytes of await answer(message, "udp", from.port)) if (!stopped) udp.send(bytes, from.port, from.address);
  });
  tcp.on("connection", (socket) => {
    sockets.add(socket);
    const reader = createFrameReader(65_535);
    socket.on("error", () => {});
    socket.on("data", async (chunk) => {
      const frames = reader.push(chunk);
      for (const frame of frames === "oversize" ? [] : frames) {
        for (const bytes of await answer(frame, "tcp", socket.remotePort ?? 0)) {
          socket.write(Buffer.from([bytes.length >> 8, bytes.length & 255]));
          socket.write(bytes);
        }
      }
    });
  });
  let stopped = false;
  async function stop(): Promise<void> {
    if (stopped) return;
    stopped = true;
    for (const socket of sockets) socket.destroy();
    udp.close();
    tcp.close();
    await Promise.all([once(udp, "close"), once(tcp, "close")]);
  }
  return { port, address, text: `${address}:${port}`, asked, ports, ids, queries, stop, [Symbol.asyncDispose]: stop };
}

/** A port that is free for UDP need not be for TCP. */
async function openBoth(address: string): Promise<{ udp: UdpSocket; tcp: Server; port: number }> {
  for (;;) {
    const udp = createSocket("udp4");
    udp.bind(0, address);
    await once(udp, "listening");
    const { port } = udp.address();
    const tcp = createServer();
    const free = new Promise<boolean>((resolve) => {
      tcp.once("error", () => resolve(false));
      tcp.listen(port, address, () => resolve(true));
    });
    if (await free) return { udp, tcp, port };
    udp.close();
  }
}

export interface ResponseWords {
  readonly answers?: dnsPacket.Answer[];
  readonly authorities?: dnsPacket.Answer[];
  readonly additionals?: dnsPacket.Answer[];
  readonly rcode?: number;
  readonly id?: number;
  /** In the place of the query's. */
  readonly questions?: dnsPacket.Question[];
  readonly flags?: number;
}

export function response(query: dnsPacket.Packet, words: ResponseWords = {}): Buffer {
  const { answers = [], authorities = [], additionals = [], rcode = 0, flags = 0 } = words;
  return dnsPacket.encode({
    type: "response",
    id: words.id ?? query.id ?? 0,
    flags: dnsPacket.RECURSION_DESIRED | dnsPacket.RECURSION_AVAILABLE | flags | rcode,
    questions: words.questions ?? query.questions ?? [],
    answers,
    authorities,
    additionals,
  });
}

export function address(query: dnsPacket.Packet, data: string, ttl = 60): dnsPacket.Answer {
  return { name: query.questions?.[0]?.name ?? "", type: "A", ttl, data };
}

export function soa(name: string, ttl: number, minimum: number): dnsPacket.Answer {
  return {
    name,
    type: "SOA",
    ttl,
    data: { mname: `ns.${name}`, rname: `root.${name}`, serial: 1, refresh: 2, retry: 3, expire: 4, minimum },
  };
}
