import { describe, expect, test } from "vitest";
import { createConversation } from "../testing/conversation.ts";
import { bothSay, says } from "../testing/transcript.ts";
import { mentions, namedIn } from "./rejection.ts";

test("P-13 a rejected version is not sent again; the next one is", async () => {
  await bothSay(`
    store  EDS a=1 b=1
    client EDS +a +b
    server EDS #1 a=1 b=1
    client EDS ack
    store  EDS a=bad
    server EDS #2 a=bad
    client EDS nack "out of range"
    report EDS rejected a=bad
    store  EDS b=2
    server EDS #3 b=2
    client EDS ack
    store  EDS a=3
    report EDS forgiven a
    server EDS #4 a=3
    client EDS ack
    store  EDS a=4
    server EDS #5 a=4
    client EDS ack
  `);
});

test("rule 1b in SotW the place of a rejected cluster is taken by the one that was accepted, or by none", async () => {
  await says(
    "sotw",
    `
    store  CDS a=1 b=1
    client CDS
    server CDS #1 a=1 b=1
    client CDS ack
    store  CDS a=bad n=bad
    server CDS #2 a=bad b=1 n=bad
    client CDS nack "Error adding/updating cluster(s) a: bad, n: bad"
    report CDS rejected a=bad n=bad
    store  CDS b=2
    server CDS #3 a=1 b=2
    client CDS ack
    reconnect
    client CDS
    server CDS #1 a=1 b=2
    client CDS ack
    store  CDS a=4 n=4
    report CDS forgiven a
    report CDS forgiven n
    server CDS #2 a=4 b=2 n=4
    `
      .replace("#1 a=1 b=2", "#4 a=1 b=2")
      .replace("#2 a=4", "#5 a=4"),
  );
});

test("rule 1b where no name is given, halves are tried until the bad one is found, the others staying as accepted", async () => {
  await says(
    "sotw",
    `
    store  CDS a=1 b=1 c=1 d=1
    client CDS
    server CDS #1 a=1 b=1 c=1 d=1
    client CDS ack
    store  CDS a=2 b=2 c=bad d=2
    server CDS #2 a=2 b=2 c=bad d=2
    client CDS nack "Invalid duration"
    report CDS rejected a? b? c? d?
    server CDS #3 a=2 b=2 c=1 d=1
    client CDS ack
    server CDS #4 a=2 b=2 c=bad d=2
    client CDS nack "Invalid duration"
    report CDS rejected c? d?
    server CDS #5 a=2 b=2 c=bad d=1
    client CDS nack "Invalid duration"
    report CDS rejected c=bad
    server CDS #6 a=2 b=2 c=1 d=2
    client CDS ack
    `,
  );
  await says(
    "delta",
    `
    store  CDS a=2 b=bad c=2
    client CDS
    server CDS #1 a=2 b=bad c=2
    client CDS nack "Invalid duration"
    report CDS rejected a? b? c?
    server CDS #2 a=2 b=bad
    client CDS nack "Invalid duration"
    report CDS rejected a? b?
    server CDS #3 a=2
    client CDS ack
    server CDS #4 b=bad
    client CDS nack "Invalid duration"
    report CDS rejected b=bad
    server CDS #5 c=2
    client CDS ack
    `,
  );
});

test("rule 1b where one is named and it is not said that the others were applied, these are sent again", async () => {
  const script = (full: boolean) => `
    store  CDS a=1 b=1 c=1 d=1
    client CDS
    server CDS #1 a=1 b=1 c=1 d=1
    client CDS ack
    store  CDS a=2 b=bad c=worse -d n=bad
    server CDS #2 a=2 b=bad c=worse n=bad${full ? "" : " -d"}
    client CDS nack "n: no"
    report CDS rejected n=bad
    server CDS #3 a=2 b=bad c=worse${full ? "" : " -d"}
    client CDS nack "b: no"
    report CDS rejected b=bad
    server CDS #4 a=2 ${full ? "b=1 " : ""}c=worse${full ? "" : " -d"}
    client CDS nack "c: no"
    report CDS rejected c=worse
    server CDS #5 a=2${full ? " b=1 c=1" : " -d"}
    client CDS ack
    store  CDS a=3
    server CDS #6 a=3${full ? " b=1 c=1" : ""}
    client CDS ack
    `;
  await says("sotw", script(true));
  await says("delta", script(false));
});

test("rule 1b one that is named alone is neither sent again nor is anything else", async () => {
  await bothSay(`
    store  EDS a=1 b=1
    client EDS +a +b
    server EDS #1 a=1 b=1
    client EDS ack
    store  EDS a=bad
    server EDS #2 a=bad
    client EDS nack "a: no"
    report EDS rejected a=bad
    store  EDS b=2
    server EDS #3 b=2
    client EDS ack
  `);
});

test("rule 1b what is quoted whole names only itself, and not what it refers to", () => {
  const quoted = '\nname: "all"\ncluster_type {\n  name: "a"\n}\n: Proto constraint validation failed (no)';
  for (const text of [
    `goo.gle/debugstr    ${quoted}`,
    'Proto constraint validation failed (no): name: "all"\nb: "a"',
  ]) {
    expect(namedIn(text, ["a", "all", "b"])).toEqual(["all"]);
  }
  expect(namedIn('cluster_name: "a"\n: Proto constraint validation failed (no)', ["a", "b"])).toEqual(["a"]);
  expect(namedIn("Proto constraint validation failed (no): a", ["a", "b"])).toEqual([]);
  // Cut where reasons are: of a long one the end is not kept.
  expect(namedIn(`${quoted.slice(0, quoted.indexOf("}"))}`, ["a", "all"])).toEqual(["all"]);
  const listener = 'Error adding/updating listener(s) l: Proto constraint validation failed (no): name: "m"\n';
  expect(namedIn(listener, ["l", "m"])).toEqual(["l"]);
  const both = "Error adding/updating listener(s) l: no\nm: it is like n\n";
  expect(namedIn(both, ["l", "m", "n"])).toEqual(["l", "m"]);
  expect(namedIn("Error adding/updating cluster(s) a: no, b: it leads to c", ["a", "b", "c"])).toEqual(["a", "b"]);
});

test("rule 7 a half that is withheld because of another rejection does not hold back the other", async () => {
  await says(
    "delta",
    `
    store  CDS a=1>EDS/a b=1>EDS/b EDS a=1 b=1 RDS r=1>CDS/a
    client CDS
    server CDS #1 a=1 b=1
    client CDS ack
    client EDS +a +b
    server EDS #2 a=1 b=1
    client EDS ack
    client RDS +r
    server RDS #3 r=1
    client RDS ack
    store  RDS r=bad>CDS/b
    server RDS #4 r=bad
    client RDS nack "no"
    report RDS rejected r=bad
    store  EDS a=2 b=bad
    server EDS #5 a=2 b=bad
    store  CDS -a EDS -a
    client EDS nack "no"
    report EDS rejected a? b?
    server EDS #6 b=bad
    client EDS nack "no"
    report EDS rejected b=bad
    store  EDS b=3
    report EDS forgiven b
    server EDS #7 b=3
    `,
  );
});

test("rule 7 a half that waits for what waits for the other half does not hold that back", async () => {
  await says(
    "sotw",
    `
    store  CDS a=1>EDS/a b=1>EDS/b EDS a=1 b=1 RDS r=1>CDS/a
    client CDS
    server CDS #1 a=1 b=1
    client CDS ack
    client EDS +a +b
    server EDS #2 a=1 b=1
    client EDS ack
    client RDS +r
    server RDS #3 r=1
    client RDS ack
    store  EDS a=bad b=2
    server EDS #4 a=bad b=2
    store  CDS c=1>EDS/c -a EDS c=1 -a RDS r=2>CDS/c
    server CDS #5 a=1 b=1 c=1
    client CDS ack
    client EDS +a +b +c nack "no"
    report EDS rejected a? b?
    server EDS #6 b=2
    client EDS +a +b +c ack
    server EDS #7 c=1
    server RDS #8 r=2
    client EDS +a +b +c ack
    client RDS +r ack
    server CDS #9 b=1 c=1
    `,
  );
});

test("two bad ones among many are both found", async () => {
  await says(
    "delta",
    `
    store  RDS a=bad b=1 c=1 d=bad
    client RDS +a +b +c +d
    server RDS #1 a=bad b=1 c=1 d=bad
    client RDS nack "no"
    report RDS rejected a? b? c? d?
    server RDS #2 a=bad b=1
    client RDS nack "no"
    report RDS rejected a? b?
    server RDS #3 a=bad
    client RDS nack "no"
    report RDS rejected a=bad
    server RDS #4 b=1
    client RDS ack
    server RDS #5 c=1 d=bad
    client RDS nack "no"
    report RDS rejected c? d?
    server RDS #6 c=1
    client RDS ack
    server RDS #7 d=bad
    client RDS nack "no"
    report RDS rejected d=bad
    store  RDS b=2
    server RDS #8 b=2
    `,
  );
});

test.each(["sotw", "delta"] as const)(
  "rule 7 %s: of hundreds that are bad, one named at a time, nobody is sent all that are left each time",
  (dialect) => {
    const count = 200;
    const names = Array.from({ length: count }, (_, at) => `c${at}`);
    const { say } = createConversation(dialect);
    say(`store CDS good=1 ${names.map((name) => `${name}=bad`).join(" ")}`);
    let said = say("client CDS");
    const found = new Set<string>();
    let isGoodUsed = false;
    let sent = 0;
    for (;;) {
      const response = said.findLast((line) => line.startsWith("server"));
      if (response === undefined) break;
      const held = response.split(" ").slice(3);
      const [bad] = held.filter((each) => each.endsWith("=bad")).map((each) => each.replace("=bad", ""));
      sent += held.length;
      if (bad !== undefined) found.add(bad);
      else isGoodUsed ||= held.includes("good=1");
      said = say(`client CDS ${bad === undefined ? "ack" : `nack "${bad}: no"`}`);
    }
    expect(found).toEqual(new Set(names));
    expect(isGoodUsed).toBe(true);
    expect(sent).toBeLessThan(count * (10 + Math.log2(count)));
  },
);

test("what was rejected is remembered beyond the stream", async () => {
  await says(
    "delta",
    `
    store  CDS a=bad b=1
    client CDS
    server CDS #1 a=bad b=1
    client CDS nack "Error adding/updating cluster(s) a: no"
    report CDS rejected a=bad
    reconnect
    client CDS
    server CDS #2 b=1
    client CDS ack
    store  CDS a=2
    report CDS forgiven a
    server CDS #3 a=2
    `,
  );
});

test("what is withheld because of a rejection does not keep a stream from being settled", () => {
  for (const dialect of ["sotw", "delta"] as const) {
    const { say, session } = createConversation(dialect);
    for (const line of [
      "store CDS c=1 RDS r=1>CDS/c",
      "client CDS",
      "client CDS ack",
      "client RDS +r",
      "client RDS ack",
    ]) {
      say(line);
    }
    say("store RDS r=bad CDS -c");
    expect(session.settled).toBe(false);
    say('client RDS nack "no"');
    expect(session.settled).toBe(true);
    say("store RDS r=3");
    expect(session.settled).toBe(false);
    expect(say("client RDS ack")).toEqual([`server CDS #5${dialect === "delta" ? " -c" : ""}`]);
    expect(session.settled).toBe(false);
    say("client CDS ack");
    expect(session.settled).toBe(true);
  }
});

test("a cluster that a rejected route still uses is not removed", async () => {
  await says(
    "delta",
    `
    store  CDS c=1 d=1 RDS r=1>CDS/c
    client CDS
    server CDS #1 c=1 d=1
    client CDS ack
    client RDS +r
    server RDS #2 r=1
    client RDS ack
    store  RDS r=bad>CDS/d CDS -c
    server RDS #3 r=bad
    client RDS nack "no"
    report RDS rejected r=bad
    store  RDS r=3>CDS/d
    report RDS forgiven r
    server RDS #4 r=3
    client RDS ack
    server CDS #5 -c
    `,
  );
});

describe("a name in an error message", () => {
  const envoy =
    "Error adding/updating cluster(s) outbound|80||reviews.shop: bad, 127.0.0.1:8000: no; listener w. is odd";
  test.each([
    ["outbound|80||reviews.shop", true],
    ["reviews.shop", false],
    ["127.0.0.1", false],
    ["127.0.0.1:8000", true],
    ["127.0.0.1:80", false],
    ["w", true],
    ["list", false],
    ["", false],
  ])("%s is mentioned: %s", (name, expected) => {
    expect(mentions(envoy, name)).toBe(expected);
  });
});

test("a rejection that names nothing leaves undone what was to be removed, and that is told again", async () => {
  await says(
    "delta",
    `
    store  CDS a=1
    client CDS
    server CDS #1 a=1
    client CDS ack
    stuck
    store  CDS b=bad
    server CDS #2 b=bad
    client CDS ack -x
    store  CDS b=worse -a
    drain
    server CDS #3 b=worse -a
    client CDS nack "no"
    report CDS rejected b=worse
    server CDS #4 -a
    client CDS ack
    `,
  );
});

test("what was unsubscribed from while it was under way may be the bad one, and nothing else is blamed for it", async () => {
  await says(
    "delta",
    `
    store  RDS a=bad b=1
    client RDS +a +b
    server RDS #1 a=bad b=1
    client RDS nonce= -a
    client RDS nack "no"
    report RDS rejected a? b?
    server RDS #2 b=1
    client RDS ack
    `,
  );
});
