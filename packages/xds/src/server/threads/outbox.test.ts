import { expect, onTestFinished, test, vi } from "vitest";
import { typeNamed } from "../../testing/resources.ts";
import type { Peer } from "../peer.ts";
import type { XdsConnection } from "../report.ts";
import type { ServedStream } from "../stream.ts";
import type { ThreadNews } from "./messages.ts";
import { createOutbox } from "./outbox.ts";

const { typeUrl } = typeNamed("EDS");
const peer: Peer = { transport: "plaintext", address: "192.0.2.1:1" };
const label = (stream: number) => ({ stream, nodeId: `n${stream}`, peer, dialect: "delta" as const });
const response = { typeUrl, version: "7", resources: 1, removed: 0, bytes: 99, oversize: false };

function push(stream: number, nonce: string) {
  return { kind: "push" as const, nonce, ...response, ...label(stream) };
}

function ack(stream: number, nonce: string, waitedMs: number) {
  return { kind: "ack" as const, typeUrl, nonce, waitedMs, ...label(stream) };
}

/** A stream that was sent the nonce at a time of its own. */
function served(stream: number, nonce: string): ServedStream {
  const type = {
    ...{ typeUrl, shortName: "EDS", wildcard: false, names: 1, resources: 1, version: "7", sentNonce: nonce },
    ...{ acknowledgedNonce: "", acknowledgedAtMs: undefined, pendingSinceMs: stream, state: "STALE" as const },
    ...{ rejected: [], lastRejection: undefined },
  };
  const connection = {
    ...label(stream),
    appliedRevision: 6,
    settled: false,
    types: [type],
  } as unknown as XdsConnection;
  return { number: stream, wake() {}, end() {}, connection: () => connection };
}

test("a push to a thousand streams, and how far they are, is one message whose size hardly depends on what they share", () => {
  const sent: (readonly ThreadNews[])[] = [];
  const outbox = createOutbox((news) => sent.push(news));
  const streams = Array.from({ length: 1000 }, (_, at) => at + 1);
  for (const stream of streams) {
    outbox.report(push(stream, "5"));
    outbox.touch(served(stream, "5"));
  }
  outbox.flush();
  outbox.flush();
  expect(sent).toHaveLength(1);
  expect(sent[0]).toMatchObject([
    { kind: "pushes", push: { ...response, nonce: "5" }, streams },
    { kind: "status", streams, types: [{ status: { sentNonce: "5" }, streams, pendingSinceMs: streams }] },
  ]);
});

test("what is asked for leaves at the end of the turn; reports that follow a message leave together a moment later", async () => {
  const sent: (readonly ThreadNews[])[] = [];
  const outbox = createOutbox((news) => sent.push(news));
  const kinds = () => sent.map((news) => news.map(({ kind }) => kind));
  const turn = () => new Promise(setImmediate);
  vi.useFakeTimers({ toFake: ["setTimeout"] });
  onTestFinished(() => void vi.useRealTimers());
  outbox.report(push(1, "5"));
  await turn();
  expect(kinds()).toEqual([["pushes"]]);
  outbox.report(ack(1, "5", 10));
  await turn();
  outbox.report(push(1, "6"));
  await turn();
  expect(kinds()).toEqual([["pushes"]]);
  vi.advanceTimersByTime(5);
  await turn();
  expect(kinds()).toEqual([["pushes"], ["acks", "pushes"]]);
  outbox.report(ack(1, "6", 10));
  outbox.post({ kind: "release", stream: 1 });
  await turn();
  expect(kinds()).toEqual([["pushes"], ["acks", "pushes"], ["acks", "release"]]);
});

test("what happens on a stream is told in that order, whatever others share with it", () => {
  const sent: ThreadNews[] = [];
  const outbox = createOutbox((news) => sent.push(...news));
  outbox.report(push(1, "5"));
  outbox.report(push(2, "5"));
  outbox.report(ack(1, "5", 10));
  outbox.report(ack(2, "5", 20));
  outbox.report(push(1, "6"));
  outbox.post({ kind: "release", stream: 3 });
  outbox.report(push(2, "6"));
  outbox.report(ack(2, "6", 30));
  outbox.flush();
  expect(sent).toEqual([
    { kind: "pushes", push: { ...response, nonce: "5" }, streams: [1, 2] },
    { kind: "acks", typeUrl, nonce: "5", streams: [1, 2], waitedMs: [10, 20] },
    { kind: "pushes", push: { ...response, nonce: "6" }, streams: [1] },
    { kind: "release", stream: 3 },
    { kind: "pushes", push: { ...response, nonce: "6" }, streams: [2] },
    { kind: "acks", typeUrl, nonce: "6", streams: [2], waitedMs: [30] },
  ]);
});
