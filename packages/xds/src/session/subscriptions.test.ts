import { describe, expect, test } from "vitest";
import { play, spoken } from "../testing/conversation.ts";
import type { Dialect } from "./protocol.ts";

const dialects: readonly Dialect[] = ["sotw", "delta"];

function says(dialect: Dialect, script: string): void {
  expect(play(dialect, script)).toBe(spoken(script));
}

function bothSay(script: string): void {
  for (const dialect of dialects) says(dialect, script);
}

describe("state of the world", () => {
  test("P-26 no names is a wildcard, and an explicit * is the same", () => {
    for (const star of ["", "+*"]) {
      says(
        "sotw",
        `
        store  CDS a=1 b=1 LDS l=1
        client CDS ${star}
        server CDS #1 a=1 b=1
        client CDS ack
        client LDS ${star}
        server LDS #2 l=1
        `,
      );
    }
  });

  test("P-27 from nothing to * and a name, to the name, to nothing", () => {
    says(
      "sotw",
      `
      store  CDS a=1 b=1
      client CDS
      server CDS #1 a=1 b=1
      client CDS ack +* +a
      server CDS #2 a=1 b=1
      client CDS ack -*
      store  CDS b=2
      store  CDS a=2
      server CDS #3 a=2
      client CDS ack
      client CDS -a
      store  CDS a=3
      `,
    );
  });

  test("P-29 a further name is answered although it did not change, listeners and clusters in full", () => {
    says(
      "sotw",
      `
      store  CDS a=1 b=1 c=1 EDS a=1 b=1 c=1
      client EDS +a +b
      server EDS #1 a=1 b=1
      client EDS ack
      client EDS +c
      server EDS #2 c=1
      client CDS +a +b
      server CDS #3 a=1 b=1
      client CDS ack +c
      server CDS #4 a=1 b=1 c=1
      `,
    );
  });

  test("P-35 any change of a cluster or listener gives the full set in one response", () => {
    says(
      "sotw",
      `
      store  LDS a=1 b=1 c=1
      client LDS
      server LDS #1 a=1 b=1 c=1
      client LDS ack
      store  LDS b=2
      server LDS #2 a=1 b=2 c=1
      client LDS ack
      store  LDS -c
      server LDS #3 a=1 b=2
      `,
    );
  });

  test("P-23 only the newest of several requests counts", () => {
    says(
      "sotw",
      `
      store  RDS a=1 b=1 c=1
      client RDS +a
      server RDS #1 a=1
      client RDS nonce= +b
      client RDS nonce= -b +c
      client RDS ack
      server RDS #2 c=1
      `,
    );
  });

  test("P-16 a stale nonce gets no answer, and nothing is lost", () => {
    says(
      "sotw",
      `
      store  EDS a=1 b=1
      client EDS +a
      server EDS #1 a=1
      client EDS ack
      store  EDS a=2
      server EDS #2 a=2
      client EDS nonce=1 +b
      client EDS ack
      server EDS #3 b=1
      `,
    );
  });

  test("P-18 a nonce that was never given is ignored", () => {
    says(
      "sotw",
      `
      store  EDS a=1
      client EDS +a
      server EDS #1 a=1
      client EDS nonce=xyz
      client EDS ack
      store  EDS a=2
      server EDS #2 a=2
      `,
    );
  });

  test("a name without endpoints gets an empty assignment, other names silence", () => {
    says(
      "sotw",
      `
      client EDS +a
      server EDS #1 a=none
      client EDS ack
      client RDS +r
      store  EDS a=1 RDS r=1
      server EDS #2 a=1
      server RDS #3 r=1
      `,
    );
  });

  test("a wildcard over nothing is answered with nothing, which is an answer", () => {
    says("sotw", "client LDS \n server LDS #1");
    says("delta", "client LDS \n server LDS #1");
  });
});

describe("incremental", () => {
  test("P-42 a second name is answered alone", () => {
    says(
      "delta",
      `
      store  CDS a=1 b=1
      client CDS +a
      server CDS #1 a=1
      client CDS ack
      client CDS +b
      server CDS #2 b=1
      `,
    );
  });

  test("P-44 an unknown name is told as removed, kept, and sent when it is created", () => {
    says(
      "delta",
      `
      client CDS +a
      server CDS #1 -a
      client CDS ack
      store  CDS a=1
      server CDS #2 a=1
      `,
    );
  });

  test("P-45 deleted is told once; created again with the same content is sent", () => {
    says(
      "delta",
      `
      store  CDS a=1
      client CDS
      server CDS #1 a=1
      client CDS ack
      store  CDS -a
      server CDS #2 -a
      client CDS ack
      store  CDS a=1
      server CDS #3 a=1
      `,
    );
  });

  test("P-47 P-48 after unsubscribing there is silence, also from what was never subscribed to", () => {
    says(
      "delta",
      `
      store  EDS a=1 b=1
      client EDS +a +b
      server EDS #1 a=1 b=1
      client EDS ack
      client EDS -a -phantom
      store  EDS a=2
      store  EDS b=2
      server EDS #2 b=2
      `,
    );
  });

  test("P-50 the four steps of the specification end with nothing, and not with a wildcard", () => {
    says(
      "delta",
      `
      store  CDS a=1 b=1
      client CDS
      server CDS #1 a=1 b=1
      client CDS ack
      client CDS +a
      server CDS #2 a=1
      client CDS ack
      client CDS -*
      store  CDS b=2
      store  CDS a=2
      server CDS #3 a=2
      client CDS ack
      client CDS -a
      store  CDS a=3
      client CDS
      store  CDS a=4
      `,
    );
  });

  test("unsubscribing from a name that the wildcard covers is answered with the resource, else with its removal", () => {
    says(
      "delta",
      `
      store  CDS a=1
      client CDS +* +a +gone
      server CDS #1 a=1 -gone
      client CDS ack
      client CDS -a
      server CDS #2 a=1
      client CDS ack
      client CDS -gone
      server CDS #3 -gone
      `,
    );
  });

  test("P-52 a stale or unknown nonce does not void a subscription", () => {
    says(
      "delta",
      `
      store  EDS a=1 b=1 c=1
      client EDS +a
      server EDS #1 a=1
      client EDS nonce=xyz +b
      client EDS ack +c
      server EDS #2 b=1 c=1
      client EDS nonce=1 -b
      client EDS ack
      store  EDS b=2
      store  EDS c=2
      server EDS #3 c=2
      `,
    );
  });

  test("P-53 a request without a nonce is no answer: what is pending stays pending", () => {
    says(
      "delta",
      `
      store  EDS a=1 b=1
      client EDS +a
      server EDS #1 a=1
      client EDS +b
      client EDS ack
      server EDS #2 b=1
      `,
    );
  });

  test("a name that is subscribed to again is sent again", () => {
    says(
      "delta",
      `
      store  EDS a=1
      client EDS +a
      server EDS #1 a=1
      client EDS ack
      client EDS +a
      server EDS #2 a=1
      `,
    );
  });

  test("P-55 P-60 after a reconnect only what differs is sent, and what went is told", () => {
    says(
      "delta",
      `
      store  CDS a=1 b=2
      client CDS +* has a=1 b=1 c=1
      server CDS #1 b=2 -c
      client CDS ack
      reconnect
      client CDS +* has a=1 b=2
      store  CDS a=2
      server CDS #2 a=2
      `,
    );
  });

  test("P-56 versions given with the same names in the subscription are believed", () => {
    says(
      "delta",
      `
      store  EDS a=1 b=2
      client EDS +a +b has a=1 b=1
      server EDS #1 b=2
      `,
    );
  });

  test("P-63 doubled and late answers change nothing", () => {
    says(
      "delta",
      `
      store  EDS a=1
      client EDS +a
      server EDS #1 a=1
      client EDS ack
      client EDS ack
      store  EDS a=2
      server EDS #2 a=2
      client EDS nonce=1
      client EDS nonce=77
      store  EDS a=3
      client EDS ack
      server EDS #3 a=3
      `,
    );
  });

  test("P-64 what others add and delete reaches a wildcard", () => {
    says(
      "delta",
      `
      store  LDS a=1
      client LDS
      server LDS #1 a=1
      client LDS ack
      store  LDS b=1
      server LDS #2 b=1
      client LDS ack
      store  LDS -a
      server LDS #3 -a
      `,
    );
  });
});

describe("either dialect", () => {
  test("P-12 P-22 after the ACK there is silence until something differs", () => {
    bothSay(`
      store  EDS a=1
      client EDS +a
      server EDS #1 a=1
      client EDS ack
      store  EDS a=1
      client EDS ack
      store  EDS a=2
      server EDS #2 a=2
    `);
  });

  test("P-14 new names in an ACK are answered", () => {
    bothSay(`
      store  EDS a=1 b=1
      client EDS +a
      server EDS #1 a=1
      client EDS ack +b
      server EDS #2 b=1
    `);
  });

  test("P-20 a change of endpoints concerns no other type", () => {
    bothSay(`
      store  CDS a=1>EDS/a EDS a=1 LDS l=1
      client CDS
      server CDS #1 a=1
      client CDS ack
      client EDS +a
      server EDS #2 a=1
      client EDS ack
      client LDS
      server LDS #3 l=1
      client LDS ack
      store  EDS a=2
      server EDS #4 a=2
    `);
  });

  test("P-21 P-25 one response in flight a type: the rest is coalesced, and other types are not concerned", () => {
    bothSay(`
      store  EDS a=1 RDS r=1
      client EDS +a
      server EDS #1 a=1
      store  EDS a=2
      store  EDS a=3
      client RDS +r
      server RDS #2 r=1
      store  EDS a=4
      client EDS ack
      server EDS #3 a=4
    `);
  });

  test("a socket that takes nothing is given nothing", () => {
    bothSay(`
      store  EDS a=1 RDS r=1
      stuck
      client EDS +a
      server EDS #1 a=1
      client RDS +r
      client EDS ack
      store  EDS a=2
      drain
      server EDS #2 a=2
      server RDS #3 r=1
    `);
  });

  test("P-30 what was unsubscribed from is silent", () => {
    bothSay(`
      store  RDS a=1 b=1
      client RDS +a +b
      server RDS #1 a=1 b=1
      client RDS ack
      client RDS -b
      store  RDS b=2
      store  RDS a=2
      server RDS #2 a=2
    `);
  });

  test("P-31 a name that comes back is sent again", () => {
    bothSay(`
      store  RDS a=1 b=1
      client RDS +a +b
      server RDS #1 a=1 b=1
      client RDS ack
      client RDS -b
      client RDS +b
      server RDS #2 b=1
    `);
  });

  test("P-33 P-40 subsets and supersets of what there is are answered at once", () => {
    for (const dialect of dialects) {
      const absent = dialect === "sotw" ? "d=none" : "-d";
      says(
        dialect,
        `
        store  EDS a=1 b=1 c=1
        client EDS +a
        server EDS #1 a=1
        client EDS ack +b +c +d
        server EDS #2 b=1 c=1 ${absent}
        `,
      );
    }
  });

  test("P-36 P-46 one of many that changed is sent alone", () => {
    const many = Array.from({ length: 100 }, (_, at) => `r${at}`);
    bothSay(`
      store  RDS ${many.map((name) => `${name}=1`).join(" ")}
      client RDS ${many.map((name) => `+${name}`).join(" ")}
      server RDS #1 ${many.map((name) => `${name}=1`).sort().join(" ")}
      client RDS ack
      store  RDS r42=2
      server RDS #2 r42=2
    `);
  });

  test("P-38 an empty name matches nothing and is no wildcard", () => {
    says("sotw", "store EDS a=1 \n client EDS + \n server EDS #1 =none \n client EDS ack \n store EDS a=2");
    says("delta", "store CDS a=1 \n client CDS + \n server CDS #1 - \n client CDS ack \n store CDS a=2");
  });

  test("P-39 more names, longer names and more types than allowed end the stream", () => {
    for (const dialect of dialects) {
      const many = Array.from({ length: 100_001 }, (_, at) => `+n${at}`).join(" ");
      expect(play(dialect, `client EDS ${many}`).split("\n").slice(1)).toEqual(["report end RESOURCE_EXHAUSTED"]);
      expect(play(dialect, `client EDS +${"x".repeat(4097)}`).split("\n").slice(1)).toEqual([
        "report end RESOURCE_EXHAUSTED",
      ]);
    }
  });

  test("secrets come for the stream alone, when they are there, and again when they are renewed", () => {
    for (const dialect of dialects) {
      const script = `
        client SDS +default
        report secrets +default
        secret default=1
        server SDS #1 default=1
        client SDS ack
        secret default=2
        server SDS #2 default=2
        client SDS ack -default
        report secrets -default
        secret default=3
      `;
      expect(play(dialect, script, { secrets: ["default", "ROOTCA"] })).toBe(spoken(script));
    }
  });

  test("S-02 a stream that proves nothing is told that there are no secrets, whatever its view holds", () => {
    const script = `
      store  SDS default=1
      client SDS +default
      server SDS #1 -default
    `;
    expect(play("delta", script, { secrets: "none" })).toBe(spoken(script));
  });
});
