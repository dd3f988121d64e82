import { createSocket, type Socket } from "node:dgram";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { once } from "node:events";
import { expect, it } from "vitest";
import { parseName } from "../wire/name-text.ts";
import { encodeQuery } from "./forward-question.ts";
import { createUdpExchange } from "./udp-exchange.ts";

const labels = parseName("www.example.com")!;
const query = () => {
  const name = { bytes: labels, start: 0, end: labels.length };
  return encodeQuery({ name, type: 1, dnssecOk: false, checkingDisabled: false }, false);
};

it("dns case 47 questions leave from sixteen ports at a time, and each port is given back after 512 of them", async () => {
  const upstream = createSocket("udp4");
  upstream.on("message", (message, from) => {
    message[2]! |= 0x80;
    upstream.send(message, from.port, from.address);
  });
  upstream.bind(0, "127.0.0.1");
  await once(upstream, "listening");
  // Sockets, and not ports: the system may hand a port that was given back to a later one.
  const answersOf = new Map<Socket, number>();
  const opened = (message: unknown) => {
    const { socket } = message as { socket: Socket };
    answersOf.set(socket, 0);
    socket.on("message", () => answersOf.set(socket, answersOf.get(socket)! + 1));
  };
  subscribe("udp.socket", opened);
  const exchange = createUdpExchange({ address: "127.0.0.1", port: upstream.address().port } as never);
  const wanted = 10_000;
  let asked = 0;
  let answered = 0;
  await new Promise<void>((resolve) => {
    const ask = () => {
      asked++;
      exchange.send(query(), (outcome) => {
        expect(outcome).toMatchObject({ rcode: 0 });
        if (++answered === wanted) resolve();
        else if (asked < wanted) ask();
      });
    };
    for (let under = 0; under < 32; under++) ask();
  });
  unsubscribe("udp.socket", opened);
  const counts = [...answersOf.values()];
  expect(counts.reduce((sum, count) => sum + count, 0)).toBe(wanted);
  expect(Math.max(...counts)).toBeLessThanOrEqual(512);
  // 16 sockets take 8,192: others came after them, and no more than needed.
  expect(counts.length).toBeGreaterThan(16);
  expect(counts.length).toBeLessThanOrEqual(16 + Math.ceil(wanted / 512));
  for (const socket of answersOf.keys())
    if (answersOf.get(socket) === 512) expect(() => socket.address()).toThrow("Not running");
  expect(exchange.unmatched).toBe(0);
  exchange.close();
  upstream.close();
});

it("dns case 47 an answer with an id that nobody waits for, or that comes twice, or after the wait, is none", async () => {
  const upstream = createSocket("udp4");
  upstream.bind(0, "127.0.0.1");
  await once(upstream, "listening");
  const exchange = createUdpExchange({ address: "127.0.0.1", port: upstream.address().port } as never);
  const outcomes: unknown[] = [];
  const question = exchange.send(query(), (outcome) => outcomes.push(outcome));
  const [message, from] = (await once(upstream, "message")) as [Buffer, { port: number; address: string }];
  const reply = (change: number) => {
    const bytes = Buffer.from(message);
    bytes[2]! |= 0x80;
    bytes[1]! ^= change;
    upstream.send(bytes, from.port, from.address);
  };
  // The same bucket, another id.
  const higher = Buffer.from(message);
  higher[0]! ^= 0x80;
  higher[2]! |= 0x80;
  upstream.send(higher, from.port, from.address);
  reply(1);
  reply(0);
  reply(0);
  while (exchange.unmatched < 3) await new Promise(setImmediate);
  expect(outcomes).toMatchObject([{ rcode: 0 }]);
  question.cancel();
  exchange.send(query(), (outcome) => outcomes.push(outcome)).cancel();
  reply(0);
  while (exchange.unmatched < 4) await new Promise(setImmediate);
  expect(outcomes.length).toBe(1);
  exchange.close();
  upstream.close();
});
