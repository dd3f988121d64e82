import { expect, test } from "vitest";
import { createConversation, play, spoken } from "../testing/conversation.ts";
import type { Dialect } from "./protocol.ts";

const dialects = ["sotw", "delta"] as const;

function says(dialect: Dialect, script: string, ttl: "none" | "all" = "all"): void {
  expect(play(dialect, script, { ttl })).toBe(spoken(script));
}

test.each(dialects)("P-79 %s: a TTL is told to clients that take it, and to no others", (dialect) => {
  says(
    dialect,
    `
    store  CDS a=1/4s b=1
    client CDS
    server CDS #1 a=1/4s b=1
    `,
  );
  says(
    dialect,
    `
    store  CDS a=1/4s b=1
    client CDS
    server CDS #1 a=1 b=1
    client CDS ack
    later  60s
    `,
    "none",
  );
});

test("P-80 delta: heartbeats in half of the TTL, for every type, each in its version and without content", () => {
  says(
    "delta",
    `
    store  CDS a=1/4s b=1 EDS a=1/10s LDS l=1/4s RDS r=1/4s
    client CDS
    server CDS #1 a=1/4s b=1
    client CDS ack
    client EDS +a
    server EDS #2 a=1/10s
    client EDS ack
    client LDS
    server LDS #3 l=1/4s
    client LDS ack
    client RDS +r
    server RDS #4 r=1/4s
    client RDS ack
    later  1.9s
    later  0.2s
    server CDS #5 ~a=1/4s
    server LDS #6 ~l=1/4s
    server RDS #7 ~r=1/4s
    client CDS ack
    client LDS ack
    client RDS ack
    later  2.1s
    server CDS #8 ~a=1/4s
    server LDS #9 ~l=1/4s
    server RDS #10 ~r=1/4s
    client CDS ack
    client LDS ack
    client RDS ack
    later  1s
    server EDS #11 ~a=1/10s
    `,
  );
});

test("P-80 sotw: heartbeats too; clusters and listeners whole, since what is left out of them is deleted", () => {
  says(
    "sotw",
    `
    store  CDS a=1/4s b=1 EDS a=1/4s c=1
    client CDS
    server CDS #1 a=1/4s b=1
    client CDS ack
    client EDS +a +c
    server EDS #2 a=1/4s c=1
    client EDS ack
    later  2.1s
    server CDS #3 a=1/4s b=1
    server EDS #4 ~a=1/4s
    client CDS ack
    client EDS ack
    later  2.1s
    server CDS #5 a=1/4s b=1
    server EDS #6 ~a=1/4s
    `,
  );
});

test("P-80 sotw: a heartbeat does not change the version, and is in that of the response accepted last", () => {
  const conversation = createConversation("sotw", { ttl: "all" });
  for (const line of ["store EDS a=1/4s", "client EDS +a", "client EDS ack"]) conversation.say(line);
  const [before] = conversation.session.status();
  expect(conversation.say("later 2.1s")).toEqual(["server EDS #2 ~a=1/4s"]);
  conversation.say("client EDS ack");
  const [after] = conversation.session.status();
  expect(after?.version).toBe(before?.version);
  expect(after).toMatchObject({ sentNonce: "2", acknowledgedNonce: "2", state: "SYNCED" });
});

test.each(dialects)(
  "P-80 %s: where an answer is awaited, the heartbeat waits for it as every response does",
  (dialect) => {
    says(
      dialect,
      `
    store  EDS a=1/4s
    client EDS +a
    server EDS #1 a=1/4s
    later  3s
    store  CDS other=1
    client EDS ack
    server EDS #2 ~a=1/4s
    `,
    );
  },
);

test.each(dialects)("P-81 %s: a TTL is changed and taken away by sending the resource again", (dialect) => {
  says(
    dialect,
    `
    store  EDS a=1/4s
    client EDS +a
    server EDS #1 a=1/4s
    client EDS ack
    store  EDS a=1/8s
    server EDS #2 a=1/8s
    client EDS ack
    later  2.5s
    later  1.6s
    server EDS #3 ~a=1/8s
    client EDS ack
    store  EDS a=1
    server EDS #4 a=1
    client EDS ack
    later  60s
    store  EDS -a
    ${dialect === "delta" ? "server EDS #5 -a" : ""}
    later  60s
    `,
  );
});

test("P-80 what a client has from an earlier stream is renewed at once, and not sent again", () => {
  says(
    "delta",
    `
    store  CDS a=1/4s b=1
    client CDS a=1 b=1
    server CDS #1 ~a=1/4s
    client CDS ack
    later  2.1s
    server CDS #2 ~a=1/4s
    `,
  );
});

test.each(dialects)("P-80 %s: what is unsubscribed or rejected is renewed no more", (dialect) => {
  says(
    dialect,
    `
    store  EDS a=1/4s b=1/4s
    client EDS +a +b
    server EDS #1 a=1/4s b=1/4s
    client EDS ack -b
    store  EDS a=2/4s
    server EDS #2 a=2/4s
    client EDS nack "a is bad"
    report EDS rejected a=2
    later  2.1s
    server EDS #3 ~a=1/4s
    `,
  );
});

test("a session without TTLs asks for no waking", () => {
  const conversation = createConversation("delta", { ttl: "all" });
  for (const line of ["store CDS a=1", "client CDS", "client CDS ack"]) conversation.say(line);
  expect(conversation.session.heartbeatAtMs).toBeUndefined();
  conversation.say("store CDS a=2/4s");
  conversation.say("client CDS ack");
  expect(conversation.session.heartbeatAtMs).toBeGreaterThan(0);
});
