import { connect, type Socket } from "node:net";
import { createSeeded, type Seeded } from "../../src/testing/seeded.ts";
import { storm } from "../../src/testing/storm.ts";
import { type Measured, startTarget, type Target } from "./child.ts";
import { idlePart } from "./idle.ts";
import { type FuzzReport, loopback, MAX_GROWTH_BYTES, megabytes, settled } from "./judgement.ts";
import { openLiar } from "./liar.ts";
import { talkTcp } from "./tcp.ts";
import { type Finding, openUdpStorm } from "./udp.ts";

const BATCH = 64;
/** The part of the packets that warms up; with an upstream, it takes more until the cache is full. */
const WARM_UP = { alone: 0.2, forwarding: 0.5 };

/** F-24's number of connections that stay idle. */
const IDLE = 10_000;

/**
 * Six packets in ten over UDP, three to a server whose upstream lies, one over TCP: three servers at the same time. Then idle connections, as
 * many as a tenth of the packets at most.
 */
export async function runFuzz(packets: number, seed: number): Promise<FuzzReport> {
  const reports = await Promise.all([
    udpPart("UDP", Math.ceil(packets * 0.6), createSeeded(seed), []),
    liedTo(Math.floor(packets * 0.3), createSeeded(seed + 1)),
    tcpPart(Math.floor(packets * 0.1), createSeeded(seed + 2)),
  ]);
  const idle = await idlePart(Math.min(IDLE, Math.floor(packets / 10)));
  return {
    lines: [...reports, idle].flatMap((report) => report.lines),
    findings: [...reports, idle].flatMap((report) => report.findings),
  };
}

async function liedTo(packets: number, seeded: Seeded): Promise<FuzzReport> {
  const liar = await openLiar(seeded);
  try {
    return await udpPart("UDP, forwarded to a liar", packets, seeded, [liar.text]);
  } finally {
    liar.close();
  }
}

async function udpPart(
  title: string,
  packets: number,
  seeded: Seeded,
  upstreams: readonly string[],
): Promise<FuzzReport> {
  const target = await startTarget(upstreams);
  try {
    const alone = upstreams.length === 0;
    const warmUp = alone ? WARM_UP.alone : WARM_UP.forwarding;
    const fire = await openUdpStorm(target, alone);
    const start = await target.measure();
    let warm: Measured | undefined;
    let sent = 0;
    for (const batch of batches(storm(packets, seeded), BATCH)) {
      const finding = await fire.send(batch);
      if (finding !== undefined) return { lines: [], findings: [finding] };
      sent += batch.length;
      if (sent >= packets * warmUp) warm ??= await target.measure();
    }
    fire.close();
    return await judged(title, target, sent, fire.replies, start, warm ?? start);
  } finally {
    await target.stop();
  }
}

async function tcpPart(packets: number, seeded: Seeded): Promise<FuzzReport> {
  const target = await startTarget();
  try {
    const start = await target.measure();
    const idle = new Set<Socket>();
    let warm: Promise<Measured> | undefined;
    let sent = 0;
    let connections = 0;
    let finding: Finding;
    const source = batches(storm(packets, seeded), 10);
    const worker = async () => {
      for (const messages of source) {
        const talk = await talkTcp(target.port, messages, seeded, loopback(connections++));
        sent += messages.length;
        finding ??= talk.finding ?? failed(target, messages);
        if (finding !== undefined) return;
        if (connections % 20 === 0) idle.add(idleConnection(target.port, loopback(connections)));
        // The first to come here looks, and the others do not wait for it.
        if (sent >= packets * WARM_UP.alone) warm ??= target.measure();
      }
    };
    await Promise.all(Array.from({ length: 16 }, worker));
    if (finding !== undefined) return { lines: [], findings: [finding] };
    const connected = connections + idle.size;
    const report = await judged(`TCP, ${connected} connections`, target, sent, undefined, start, (await warm) ?? start);
    for (const socket of idle) socket.destroy();
    return report;
  } finally {
    await target.stop();
  }
}

/** Waits until descriptors are where they were; then judges memory. */
async function judged(
  title: string,
  target: Target,
  sent: number,
  replies: number | undefined,
  start: Measured,
  warm: Measured,
): Promise<FuzzReport> {
  const end = await settled(target, start);
  const growth = end.rssBytes - warm.rssBytes;
  const what =
    target.failures[0] ??
    (end.descriptors > start.descriptors
      ? `${end.descriptors - start.descriptors} descriptors more than at the start`
      : growth > MAX_GROWTH_BYTES
        ? `memory grew by ${megabytes(growth)} MB`
        : undefined);
  const line = [
    `${title}: ${sent} packets`,
    replies === undefined ? `${end.answered} answers` : `${replies} answers`,
    `${((end.cpuMs - start.cpuMs) / sent).toFixed(4)} ms of CPU each`,
    `memory ${megabytes(warm.rssBytes)} -> ${megabytes(end.rssBytes)} MB`,
    `descriptors ${start.descriptors} -> ${end.descriptors}`,
  ].join(", ");
  return { lines: [line], findings: what === undefined ? [] : [{ what: `${title}: ${what}`, batch: [] }] };
}

function* batches(messages: Iterable<Uint8Array>, size: number): Generator<readonly Uint8Array[]> {
  let batch: Uint8Array[] = [];
  for (const message of messages) {
    batch.push(message);
    if (batch.length < size) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

function idleConnection(port: number, localAddress: string): Socket {
  const socket = connect({ port, host: "127.0.0.1", localAddress });
  socket.on("error", () => {});
  return socket;
}

function failed(target: Target, batch: readonly Uint8Array[]): Finding {
  return target.failures[0] === undefined ? undefined : { what: target.failures[0], batch };
}
