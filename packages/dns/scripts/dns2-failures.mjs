/**
 * Reproduces, on loopback and within seconds, why dns2 owns no open socket here: docs/decisions/dns2.md. Each failure runs in a process of its
 * own: `node packages/dns/scripts/dns2-failures.mjs` prints a line for each, and exits 1 where one does not happen any more.
 */
import { spawn } from "node:child_process";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { connect, createServer } from "node:net";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import dns2 from "dns2";

const { Packet, TCPServer, UDPClient } = dns2;
const HOST = "127.0.0.1";

/** A query as dns2 writes it. */
function query(name = "reviews.shop.global") {
  const packet = new Packet();
  packet.header.id = 7;
  packet.header.rd = 1;
  packet.questions.push({ name, type: Packet.TYPE.A, class: Packet.CLASS.IN });
  return packet.toBuffer();
}

/** Twelve bytes: an id, RD, and no question. */
const headerOnly = Buffer.from([0, 7, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0]);

/** What the README of dns2 shows, as handlers are mostly written. */
function answer(request, send) {
  const response = Packet.createResponseFromRequest(request);
  const [{ name }] = request.questions;
  response.answers.push({ name, type: Packet.TYPE.A, class: Packet.CLASS.IN, ttl: 30, address: "10.0.0.1" });
  send(response);
}

async function serve(handle, options = {}) {
  const server = dns2.createServer({ udp: true, handle, ...options });
  await server.listen({ udp: { port: 0, address: HOST } });
  return { server, udp: server.servers.udp, port: server.servers.udp.address().port };
}

async function exchange(port, message, timeoutMs = 10_000) {
  const socket = createSocket("udp4");
  socket.send(message, port, HOST);
  const reply = await Promise.race([once(socket, "message"), wait(timeoutMs)]);
  socket.close();
  return reply?.[0];
}

/** A UDP socket, and a TCP server that says nothing, on one port: the port that UDP was given may be taken for TCP. */
async function onePort(tries = 20) {
  const udp = createSocket("udp4");
  udp.bind(0, HOST);
  await once(udp, "listening");
  const silent = createServer(() => {});
  silent.listen(udp.address().port, HOST);
  try {
    await once(silent, "listening");
    return { udp, silent };
  } catch (error) {
    udp.close();
    if (tries === 1) throw error;
    return onePort(tries - 1);
  }
}

/** Each gives what was seen where the failure happened, undefined where not; or it ends the process, where that is the failure. */
const failures = {
  "port-0": {
    title: "a query from source port 0 ends the process",
    ends: true,
    async run() {
      const { udp, port } = await serve((request, send) => answer(request, send));
      if ((await exchange(port, query())) === undefined) throw new Error("it does not answer at all");
      // It takes a raw socket to send one: this is what the system hands over when it comes.
      udp.emit("message", query(), { address: HOST, port: 0, family: "IPv4", size: 40 });
      await wait(5_000);
    },
  },
  "answer-loop": {
    title: "two servers answer each other's answers for ever",
    async run() {
      const [a, b] = [await serve((request, send) => answer(request, send)), await serve((request, send) => answer(request, send))];
      let messages = 0;
      for (const { udp } of [a, b]) udp.on("message", () => messages++);
      // What one packet with a forged source does.
      a.udp.send(query(), b.port, HOST);
      await wait(500);
      const first = messages;
      await wait(500);
      return messages > first + 100 ? `${messages} messages in a second after one packet` : undefined;
    },
  },
  "async-handler": {
    title: "an async handler and 12 bytes without a question end the process",
    ends: true,
    async run() {
      const { port } = await serve(async (request, send) => answer(request, send));
      if ((await exchange(port, query())) === undefined) throw new Error("it does not answer at all");
      await exchange(port, headerOnly, 5_000);
    },
  },
  "max-concurrent": {
    title: "maxConcurrent: 100 packets without a question, and every later query is SERVFAIL",
    async run() {
      const { server, port } = await serve((request, send) => answer(request, send), { maxConcurrent: 100 });
      server.on("requestError", () => {});
      const before = Packet.parse(await exchange(port, query())).header.rcode;
      for (let i = 0; i < 100; i++) await exchange(port, headerOnly, 5);
      await wait(200);
      const after = Packet.parse(await exchange(port, query())).header.rcode;
      return before === 0 && after === 2 ? `rcode ${before} before, ${after} after` : undefined;
    },
  },
  "never-reads": {
    title: "a TCP client that never reads has the server keep all that it wrote",
    async run() {
      const server = new TCPServer();
      const long = Buffer.alloc(16_000);
      server.on("request", (_request, send) => send(long));
      server.on("requestError", () => {});
      let kept = 0;
      let connection;
      server.on("connection", (socket) => {
        connection = socket;
      });
      server.listen(0, HOST);
      await once(server, "listening");
      const startRss = process.memoryUsage().rss;
      const client = connect({ port: server.address().port, host: HOST, highWaterMark: 1 });
      client.pause();
      const message = query();
      const frame = Buffer.concat([Buffer.from([0, message.length]), message]);
      const frames = Buffer.concat(Array(200).fill(frame));
      for (let i = 0; i < 200 && kept < 60_000_000; i++) {
        client.write(frames);
        await wait(10);
        kept = Math.max(kept, connection?.writableLength ?? 0);
      }
      const grown = Math.round((process.memoryUsage().rss - startRss) / 1e6);
      return kept > 5_000_000 ? `${Math.round(kept / 1e6)} MB wait for one client, ${grown} MB more memory` : undefined;
    },
  },
  "idle-stays": {
    title: "a TCP client that is idle and does not close keeps its connection",
    async run() {
      const server = new TCPServer({ idleTimeout: 200 });
      server.on("requestError", () => {});
      server.listen(0, HOST);
      await once(server, "listening");
      const client = connect({ port: server.address().port, host: HOST, allowHalfOpen: true });
      await once(client, "connect");
      await wait(1_500);
      const open = await new Promise((resolve) => server.getConnections((_error, count) => resolve(count)));
      return open === 1 ? "open 1.5 s after an idle time of 0.2 s" : undefined;
    },
  },
  quadratic: {
    title: "encoding takes time by the square of the records",
    async run() {
      const encode = (count) => {
        let best = Number.POSITIVE_INFINITY;
        for (let round = 0; round < 3; round++) {
          const response = new Packet();
          for (let i = 0; i < count; i++) {
            response.answers.push({ name: "h.example", type: Packet.TYPE.A, class: 1, ttl: 30, address: `10.0.${i >> 8}.${i & 255}` });
          }
          const startMs = performance.now();
          response.toBuffer();
          best = Math.min(best, performance.now() - startMs);
        }
        return best;
      };
      encode(250);
      const [small, large] = [encode(500), encode(2_000)];
      return large > 8 * small ? `500 records in ${small.toFixed(1)} ms, 2000 in ${large.toFixed(1)} ms` : undefined;
    },
  },
  "other-question": {
    title: "the client takes the answer to another question",
    async run() {
      const liar = createSocket("udp4");
      liar.bind(0, HOST);
      await once(liar, "listening");
      liar.on("message", (message, from) => {
        const reply = Packet.createResponseFromRequest(Packet.parse(message));
        reply.questions = [{ name: "other.example", type: Packet.TYPE.A, class: 1 }];
        reply.answers.push({ name: "other.example", type: Packet.TYPE.A, class: 1, ttl: 30, address: "203.0.113.66" });
        liar.send(reply.toBuffer(), from.port, from.address);
      });
      const resolve = UDPClient({ dns: HOST, port: liar.address().port, timeout: 10_000 });
      const { answers } = await resolve("www.example");
      return answers[0]?.address === "203.0.113.66" ? "asked for www.example, took other.example" : undefined;
    },
  },
  "tcp-retry": {
    title: "the client waits for ever for TCP after a truncated answer",
    async run() {
      const { udp, silent } = await onePort();
      udp.on("message", (message, from) => {
        const reply = Packet.createResponseFromRequest(Packet.parse(message));
        reply.header.tc = 1;
        udp.send(reply.toBuffer(), from.port, from.address);
      });
      const retried = once(silent, "connection");
      const resolve = UDPClient({ dns: HOST, port: udp.address().port, timeout: 3_000 });
      const outcome = resolve("www.example").catch(() => "failed");
      // Its own limit counts for UDP alone: what is shown begins when it has come over TCP.
      if ((await Promise.race([outcome, retried])) === "failed") throw new Error("it did not try TCP within its limit");
      return (await Promise.race([outcome, wait(5_000, "waits")])) === "waits" ? "5 s after a timeout of 3 s" : undefined;
    },
  },
};

/** One failure in this process. */
async function runHere(id) {
  const seen = await failures[id].run();
  process.stdout.write(seen ?? "");
  process.exit(seen === undefined ? 3 : 0);
}

/** What a child showed, or undefined. */
async function runApart(id) {
  const child = spawn(process.execPath, [fileURLToPath(import.meta.url), id], { stdio: ["ignore", "pipe", "pipe"] });
  const timer = setTimeout(() => child.kill("SIGKILL"), 20_000);
  let out = "";
  let err = "";
  child.stdout.on("data", (part) => (out += part));
  child.stderr.on("data", (part) => (err += part));
  const [code] = await once(child, "close");
  clearTimeout(timer);
  if (!failures[id].ends) {
    if (code !== 0 && code !== 3) console.error(`${id}: exit code ${code}: ${err}`);
    return code === 0 ? out : undefined;
  }
  // An exception that nobody caught: the process is gone. 3 is our own word for "it went on".
  return code === 1 ? `exit code 1: ${/^\w*Error.*$/m.exec(err)?.[0] ?? "unhandled rejection"}` : undefined;
}

const [only] = process.argv.slice(2);
if (only !== undefined) await runHere(only);
let missing = 0;
for (const [id, { title }] of Object.entries(failures)) {
  const seen = await runApart(id);
  if (seen === undefined) missing++;
  console.log(`${seen === undefined ? "did not happen" : "reproduced"} ${id}: ${title}${seen === undefined ? "" : ` (${seen})`}`);
}
process.exit(missing === 0 ? 0 : 1);
