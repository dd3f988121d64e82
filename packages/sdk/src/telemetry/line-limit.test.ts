import fc from "fast-check";
import { expect, test } from "vitest";
import { createLineLimit, type LineCause, reasonClass } from "./line-limit.ts";

const rates = {
  cause: { atOnce: 2, everyMs: 100 },
  peer: { atOnce: 4, everyMs: 50 },
  event: { atOnce: 6, everyMs: 10 },
};
const none = { alike: 0, ofPeer: 0, ofEvent: 0 };

function limited(maxRemembered?: number) {
  let nowMs = 0;
  const limit = createLineLimit({
    now: () => nowMs,
    ...rates,
    ...(maxRemembered === undefined ? {} : { maxRemembered }),
  });
  return {
    limit,
    wait: (ms: number) => {
      nowMs += ms;
    },
    say: (peer: string, cause: string, event = "nack") => limit.admit(event, { peer, cause }),
  };
}

test("F-34 a cause is told so often, then once in a while with how many were left out", () => {
  const { say, wait } = limited();
  expect([say("a", "x"), say("a", "x"), say("a", "x"), say("a", "x")]).toEqual([none, none, undefined, undefined]);
  expect(say("a", "y")).toEqual(none);
  wait(99);
  expect(say("a", "x")).toBeUndefined();
  wait(1);
  expect(say("a", "x")).toEqual({ ...none, alike: 3 });
  expect(say("a", "x")).toBeUndefined();
});

test("F-34 who invents causes is stopped as a peer, and others are heard", () => {
  const { say, wait } = limited();
  const said = Array.from({ length: 10 }, (_, at) => say("a", `cause ${at}`)).filter((one) => one !== undefined);
  expect(said).toHaveLength(4);
  expect(say("b", "x")).toEqual(none);
  wait(50);
  expect(say("a", "x")).toEqual({ ...none, ofPeer: 6 });
});

test("F-34 who invents peers is stopped at the event, and other events are heard", () => {
  const { limit, say, wait } = limited();
  const said = Array.from({ length: 100 }, (_, at) => say(`peer ${at}`, "x")).filter((one) => one !== undefined);
  expect(said).toHaveLength(6);
  expect(say("", "x", "fault")).toEqual(none);
  expect(limit.untold()).toEqual(new Map([["nack", 94]]));
  wait(10);
  expect(say("z", "x")).toEqual({ ...none, ofEvent: 94 });
  expect(limit.untold()).toEqual(new Map());
});

test("what nobody outside provoked has no peer's limit", () => {
  const { say } = limited();
  const said = Array.from({ length: 10 }, (_, at) => say("", `cause ${at}`)).filter((one) => one !== undefined);
  expect(said).toHaveLength(6);
});

test("F-34 whatever comes, every line is written or counted once, and not more than the rates allow", () => {
  const line = fc.record({
    peer: fc.constantFrom("", "a", "b", "c"),
    cause: fc.constantFrom("x", "y", "z"),
    afterMs: fc.nat(30),
  });
  fc.assert(
    fc.property(fc.array(line, { maxLength: 200 }), fc.integer({ min: 1, max: 4 }), (lines, maxRemembered) => {
      const { limit, say, wait } = limited(maxRemembered);
      let passedMs = 0;
      let written = 0;
      let told = 0;
      for (const { peer, cause, afterMs } of lines) {
        wait(afterMs);
        passedMs += afterMs;
        const leftOut = say(peer, cause);
        if (leftOut === undefined) continue;
        written++;
        told += leftOut.alike + leftOut.ofPeer + leftOut.ofEvent;
      }
      const untold = limit.untold().get("nack") ?? 0;
      expect(written + told + untold).toBe(lines.length);
      expect(written).toBeLessThanOrEqual(rates.event.atOnce + passedMs / rates.event.everyMs);
    }),
  );
});

test.each<[string, string, boolean]>([
  ["listener 127.255.0.3_8000: bad", "listener 127.255.0.9_9000: bad", true],
  ["at 0x7f12ab9c", "at 0x55d01234", true],
  ["Invalid duration", "Invalid address", false],
  ["facade", "decade", false],
])("reasons %s and %s are of one class: %s", (one, other, alike) => {
  expect(reasonClass(one) === reasonClass(other)).toBe(alike);
});

test("a reason's class is short", () => {
  const cause: LineCause["cause"] = reasonClass("x".repeat(100_000));
  expect(cause.length).toBeLessThanOrEqual(200);
});
