import { createSocket } from "node:dgram";
import { once } from "node:events";
import { afterEach, beforeEach, expect, it } from "vitest";
import { parseName } from "../wire/name-text.ts";
import { createForwarder, type Forwarder } from "./forwarder.ts";
import { createLoopProbes } from "./loop-probes.ts";

const silent = createSocket("udp4");
let forwarder: Forwarder;

beforeEach(() => {
  const upstreams = [{ address: "127.0.0.1", port: silent.address().port } as never];
  const limits = { cacheBytes: 0, totalMs: 60_000, attemptMs: 60_000 };
  forwarder = createForwarder({ upstreams, ...limits, probes: createLoopProbes(1), now: () => 0 });
});

afterEach(() => forwarder.close());

silent.bind(0, "127.0.0.1").unref();
await once(silent, "listening");

function ask(name: string): boolean {
  const labels = parseName(name)!;
  let refused = false;
  const question = { name: { bytes: labels, start: 0, end: labels.length }, type: 1 };
  forwarder.resolve({ ...question, dnssecOk: false, checkingDisabled: false }, (response) => {
    refused = response === undefined;
  });
  return refused;
}

it("more than 4,096 questions are not under way: a further one has no answer, at once", () => {
  const refused = Array.from({ length: 4_098 }, (_, i) => ask(`h${i}.example.com`));
  expect(refused.indexOf(true)).toBe(4_096);
  // Those that are under way already have room.
  expect(ask("h0.example.com")).toBe(false);
  expect(forwarder.stats()).toMatchObject({ inFlight: 4_096, overload: 2, merged: 1 });
});

it("more than 1,024 clients do not wait for one question: a further one has no answer, at once", () => {
  const refused = Array.from({ length: 1_026 }, () => ask("www.example.com"));
  expect(refused.indexOf(true)).toBe(1_024);
  expect(forwarder.stats()).toMatchObject({ inFlight: 1, overload: 2, merged: 1_023 });
});
