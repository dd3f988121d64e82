import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { RCODE } from "../wire/codes.ts";
import { parseName } from "../wire/name-text.ts";
import type { Response } from "../wire/response.ts";
import { createFlightRules, Flight } from "./flight.ts";
import type { Server, ServerList } from "./server-list.ts";
import type { UdpOutcome } from "./udp-exchange.ts";

const labels = parseName("www.example.com")!;
const question = {
  name: { bytes: labels, start: 0, end: labels.length },
  type: 1,
  dnssecOk: false,
  checkingDisabled: false,
};

/** The defaults, as `parseOptions` gives them. */
const LIMITS = { totalMs: 3_800, attemptMs: 800 };

interface Asked {
  readonly server: string;
  readonly atMs: number;
  readonly edns: boolean;
  cancelled: boolean;
  answer(outcome: UdpOutcome): void;
}

/** Servers that answer when a test says so, and one question to them under the limits that hold unless said. */
function fly(names: readonly string[]) {
  const startMs = performance.now();
  const asked: Asked[] = [];
  const landed: (Response | undefined)[] = [];
  const all = names.map((server): Server => {
    const send = (query: Uint8Array, answer: (outcome: UdpOutcome) => void) => {
      const one = { server, atMs: performance.now() - startMs, edns: query[11] === 1, cancelled: false, answer };
      asked.push(one);
      const cancel = () => {
        one.cancelled = true;
      };
      return { cancel };
    };
    const upstream = { address: "192.0.2.1", port: 53 } as Server["upstream"];
    const udp = { send, unmatched: 0, close() {} };
    return { upstream, udp, queries: 0, failures: 0, failuresInRow: 0, loops: false };
  });
  const failed = (server: Server) => {
    server.failures++;
    server.failuresInRow++;
  };
  const servers: ServerList = { all, order: () => all, failed, close() {} };
  const rules = createFlightRules(servers, LIMITS, (_flight, response) => landed.push(response));
  const flight = new Flight(rules, question, () => {});
  flight.depart();
  return { asked, landed, all, flight };
}

const answered = (rcode: number): Response => ({ rcode, truncated: false, flags: 0x8000 }) as Response;

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

describe("a question under way", () => {
  it("dns case 47 F-25 a dead server: the next within 1 s, each twice; all dead: the end within 4 s", () => {
    const { asked, landed, all } = fly(["a", "b"]);
    vi.advanceTimersByTime(3_799);
    expect(asked.map(({ server, atMs }) => [server, Math.round(atMs)])).toEqual([
      ["a", 0],
      ["b", 800],
      ["a", 1600],
      ["b", 2400],
    ]);
    expect(landed).toEqual([]);
    vi.advanceTimersByTime(2);
    expect(landed).toEqual([undefined]);
    expect(asked.every(({ cancelled }) => cancelled)).toBe(true);
    expect(all.map(({ failuresInRow }) => failuresInRow)).toEqual([2, 1]);
    vi.advanceTimersByTime(10_000);
    expect([asked.length, landed.length, vi.getTimerCount()]).toEqual([4, 1, 0]);
  });

  it("F-25 many dead servers: all are asked before the end", () => {
    const { asked, landed } = fly(["a", "b", "c", "d", "e"]);
    vi.advanceTimersByTime(3_801);
    expect(new Set(asked.map(({ server }) => server)).size).toBe(5);
    expect(landed).toEqual([undefined]);
  });

  it("F-25 a slow server: its answer counts although the next one was asked, once, and the other is not waited for", () => {
    const { asked, landed, all } = fly(["slow", "silent"]);
    vi.advanceTimersByTime(900);
    expect(asked.map(({ server }) => server)).toEqual(["slow", "silent"]);
    const answer = answered(RCODE.NOERROR);
    asked[0]!.answer(answer);
    expect(landed).toEqual([answer]);
    expect(asked[1]!.cancelled).toBe(true);
    expect(all[0]!.failuresInRow).toBe(0);
    vi.advanceTimersByTime(10_000);
    expect([asked.length, landed.length]).toEqual([2, 1]);
  });

  it("dns case 47 SERVFAIL means the next at once; when all have said it, that is the answer", () => {
    const { asked, landed } = fly(["a", "b"]);
    const refusal = answered(RCODE.SERVFAIL);
    for (let turn = 0; turn < 4; turn++) asked[turn]!.answer(refusal);
    expect(asked.map(({ server }) => server)).toEqual(["a", "b", "a", "b"]);
    expect(landed).toEqual([refusal]);
  });

  it("a server that refuses EDNS is asked without; nobody there is a failure at once", () => {
    const { asked, landed } = fly(["old", "gone"]);
    asked[0]!.answer("noEdns");
    expect(asked.map(({ server, edns }) => [server, edns])).toEqual([
      ["old", true],
      ["old", false],
    ]);
    asked[1]!.answer("unreachable");
    expect(asked[2]).toMatchObject({ server: "gone", atMs: 0 });
    for (const turn of [2, 3, 4]) asked[turn]?.answer("unreachable");
    expect(landed).toEqual([undefined]);
  });

  it("one that is cancelled says nothing, and no timer is left to ring for it", () => {
    const { asked, landed, flight } = fly(["a"]);
    flight.cancel();
    expect(asked[0]!.cancelled).toBe(true);
    asked[0]!.answer(answered(RCODE.NOERROR));
    vi.advanceTimersByTime(10_000);
    expect([asked.length, landed.length, vi.getTimerCount()]).toEqual([1, 0, 0]);
  });

  it("without a server there is nobody to wait for", () => {
    expect(fly([]).landed).toEqual([undefined]);
  });
});
