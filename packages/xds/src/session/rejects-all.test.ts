import fc from "fast-check";
import { expect, test } from "vitest";
import { createConversation } from "../testing/conversation.ts";

const step = fc.record({
  what: fc.constantFrom("change", "remove", "come back", "come back after a change"),
  name: fc.constantFrom("a", "a", "a", "a", "b", "c"),
  answer: fc.constantFrom("ack", "reject", "reject by name"),
});

/** More than halving three names takes, twice. */
const MOST_ROUNDS = 20;

test.each([
  ["sotw", "CDS"],
  ["sotw", "EDS"],
  ["delta", "CDS"],
  ["delta", "EDS"],
] as const)(
  "P-13 %s %s: who rejects all that comes, newest and accepted before, is soon sent nothing more",
  (dialect, type) => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 8 }), (steps) => {
        const { say } = createConversation(dialect);
        const ask = () => say(type === "EDS" ? "client EDS +a +b +c" : "client CDS");
        let version = 0;
        ask();
        for (const { what, name, answer } of steps) {
          const back = what.startsWith("come back");
          if (back) say("sleep");
          let said =
            what === "come back" ? [] : say(`store ${type} ${what === "remove" ? `-${name}` : `${name}=${++version}`}`);
          if (back) {
            say("reconnect");
            said = [...say("wake"), ...ask()];
          }
          let rounds = 0;
          for (let sent = sentIn(said); sent !== undefined; sent = sentIn(said)) {
            expect(++rounds).toBeLessThan(MOST_ROUNDS);
            const [first] = sent;
            const reason = answer === "reject by name" ? `${first}: no` : "no";
            said = say(`client ${type} ${answer === "ack" ? "ack" : `nack "${reason}"`}`);
          }
        }
      }),
      { numRuns: 1_000 },
    );
  },
);

/** The names of the newest response. */
function sentIn(lines: readonly string[]): readonly string[] | undefined {
  const words = lines.findLast((line) => line.startsWith("server"))?.split(" ");
  return words?.slice(3).map((word) => word.replace(/^-|=.*/g, ""));
}
