import { createSocket } from "node:dgram";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { expect, it } from "vitest";
import { STORM_RECORDS } from "../../scripts/fuzz/records.ts";
import { queryDns } from "../client.ts";
import { exchange } from "../testing/exchange.ts";
import { queryBytes } from "../testing/query-bytes.ts";
import { isAnswerable } from "../testing/storm.ts";
import { createDnsServer } from "./dns-server.ts";

const folder = join(import.meta.dirname, "../../corpus");

/** Every file: why it is kept, then one message a line. */
const files = readdirSync(folder).map((file) => {
  const [why = "", ...lines] = readFileSync(join(folder, file), "utf8").trim().split("\n");
  return { file, why: why.slice(2), messages: lines.map((line) => Uint8Array.from(Buffer.from(line, "hex"))) };
});

it.each(files)("F-24 G10 the corpus does no harm: $file, $why", async ({ messages }) => {
  await using server = createDnsServer({ records: STORM_RECORDS, listen: { port: 0 } });
  await server.start();
  const { port } = server.address!;
  const socket = createSocket("udp4");
  const ids: number[] = [];
  socket.on("message", (reply) => {
    expect(reply.length).toBeLessThanOrEqual(1232);
    ids.push(reply.readUInt16BE(0));
  });
  for (const message of messages) socket.send(message, port, "127.0.0.1");
  socket.send(queryBytes({ id: 0xffff }), port, "127.0.0.1");
  while (ids.at(-1) !== 0xffff) await once(socket, "message");
  socket.close();
  // In the order in which they came, one reply to each that deserves one.
  expect(ids.slice(0, -1)).toEqual(messages.filter(isAnswerable).map((message) => (message[0]! << 8) | message[1]!));
  for (const message of messages) {
    const client = connect(port, "127.0.0.1");
    client.on("error", () => {});
    client.resume();
    client.end(Buffer.from([message.length >> 8, message.length & 255, ...message]));
    await new Promise<void>((resolve) => client.on("close", () => resolve()));
  }
  expect((await exchange(port, queryBytes({ id: 1 }))).length).toBeGreaterThan(12);
  expect((await queryDns({ port, name: "reviews.shop.global", tcp: true })).rcode).toBe("NOERROR");
  expect(server.stats().dropped).toBe(messages.filter((message) => !isAnswerable(message)).length);
});
