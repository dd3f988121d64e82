import { expect, test } from "vitest";
import { play, spoken } from "../testing/conversation.ts";
import { bothSay, says } from "../testing/transcript.ts";

test("P-13 who drops what it accepted and asks again, while the version is the one that it rejected, is told what it accepted", async () => {
  await bothSay(`
    store  EDS a=1 b=1
    client EDS +a +b
    server EDS #1 a=1 b=1
    client EDS ack
    store  EDS a=bad
    server EDS #2 a=bad
    client EDS nack "out of range"
    report EDS rejected a=bad
    client EDS -a
    client EDS +a
    server EDS #3 a=1
    client EDS ack
    store  EDS a=3
    report EDS forgiven a
    server EDS #4 a=3
    client EDS ack
  `);
});

test("P-13 where it is not known any more, delta says that there is nothing, and SotW, where the client may have it still, says nothing", () => {
  const script = (answer: string) => `
    store  EDS a=1 b=1
    client EDS +a +b
    server EDS #1 a=1 b=1
    client EDS ack
    store  EDS a=bad
    server EDS #2 a=bad
    client EDS nack "out of range"
    report EDS rejected a=bad
    client EDS -a
    client EDS +a
    ${answer}
    client EDS ack
    store  EDS b=2
    server EDS #4 b=2
  `;
  const forgetful = { maxRetiredBytes: 0 };
  expect(play("delta", script("server EDS #3 -a"), forgetful)).toBe(spoken(script("server EDS #3 -a")));
  const silent = script("").replace("#4", "#3");
  expect(play("sotw", silent, forgetful)).toBe(spoken(silent));
});

test("P-13 a client that comes back has, and is told, what it accepted before it rejected the newest version", async () => {
  const before = `
    store  CDS c=1>EDS/a EDS a=1 RDS r=1>CDS/c
    client CDS
    server CDS #1 c=1
    client CDS ack
    client EDS +a
    server EDS #2 a=1
    client EDS ack
    client RDS +r
    server RDS #3 r=1
    client RDS ack
    store  EDS a=bad RDS r=bad>CDS/c
    server EDS #4 a=bad
    server RDS #5 r=bad
    client EDS nack "no"
    report EDS rejected a=bad
    client RDS nack "no"
    report RDS rejected r=bad
    reconnect
  `;
  const withoutVersions = `
    ${before}
    client CDS
    server CDS #6 c=1
    client EDS +a
    server EDS #7 a=1
    client RDS +r
    server RDS #8 r=1
  `;
  await bothSay(withoutVersions);
  const withVersions = `
    ${before}
    client CDS has c=1
    client EDS +a has a=1
    client RDS +r has r=1
    store  EDS a=3
    report EDS forgiven a
    server EDS #6 a=3
  `;
  // Whether the bytes are there or not: it says what it has.
  for (const maxRetiredBytes of [0, 1_000]) {
    expect(play("delta", withVersions, { maxRetiredBytes })).toBe(spoken(withVersions));
  }
});

test("P-13 what was accepted before two versions that were rejected, one on a stream each, is told again", async () => {
  const script = (full: boolean) => `
    store  CDS a=1 b=1 EDS a=1
    client CDS
    server CDS #1 a=1 b=1
    client CDS ack
    client EDS +a
    server EDS #2 a=1
    client EDS ack
    store  CDS a=bad EDS a=bad
    server CDS #3 a=bad${full ? " b=1" : ""}
    server EDS #4 a=bad
    client CDS nack "Error adding/updating cluster(s) a: no"
    report CDS rejected a=bad
    client EDS nack "no"
    report EDS rejected a=bad
    sleep
    store  CDS a=worse EDS a=worse
    reconnect
    wake
    client CDS
    report CDS forgiven a
    server CDS #5 a=worse b=1
    client CDS nack "Error adding/updating cluster(s) a: no"
    report CDS rejected a=worse
    server CDS #6 a=1${full ? " b=1" : ""}
    client EDS +a
    report EDS forgiven a
    server EDS #7 a=worse
    client EDS nack "no"
    report EDS rejected a=worse
    server EDS #8 a=1
    client CDS ack
    client EDS ack
    store  CDS b=2
    server CDS #9 ${full ? "a=1 " : ""}b=2
  `;
  await says("sotw", script(true));
  await says("delta", script(false));
});

test("P-13 P-68 a client that came back and says what it has is told that again where its cluster changed", async () => {
  await says(
    "delta",
    `
    store  CDS c=1>EDS/a EDS a=1
    client CDS
    server CDS #1 c=1
    client CDS ack
    client EDS +a
    server EDS #2 a=1
    client EDS ack
    store  EDS a=bad
    server EDS #3 a=bad
    client EDS nack "no"
    report EDS rejected a=bad
    reconnect
    client CDS has c=1
    client EDS +a has a=1
    store  CDS c=2>EDS/a
    server CDS #4 c=2
    server EDS #5 a=1
    `,
  );
});

test("P-13 P-67 a client that comes back keeps the cluster that only its last good version of a rejected route uses", async () => {
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
    reconnect
    client CDS has c=1 d=1
    store  CDS d=2
    server CDS #4 d=2
    client CDS ack
    client RDS +r has r=1
    store  CDS d=3
    server CDS #5 d=3
    client CDS ack
    store  RDS r=3>CDS/d
    report RDS forgiven r
    server RDS #6 r=3
    client RDS ack
    server CDS #7 -c
    `,
  );
});

test("P-13 who rejects what it accepted before as well is sent neither again, until there is another version", async () => {
  await bothSay(`
    store  EDS a=1
    client EDS +a
    server EDS #1 a=1
    client EDS ack
    store  EDS a=bad
    server EDS #2 a=bad
    client EDS nack "no"
    report EDS rejected a=bad
    sleep
    store  EDS a=worse
    reconnect
    wake
    client EDS +a
    report EDS forgiven a
    server EDS #3 a=worse
    client EDS nack "no"
    report EDS rejected a=worse
    server EDS #4 a=1
    client EDS nack "no"
    report EDS rejected a=worse
    store  EDS b=1
    store  EDS a=2
    report EDS forgiven a
    server EDS #5 a=2
    client EDS ack
  `);
});
