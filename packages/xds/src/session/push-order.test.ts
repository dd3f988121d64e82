import { expect, test } from "vitest";
import { play, spoken } from "../testing/conversation.ts";
import { bothSay, says } from "../testing/transcript.ts";

const subscribed = `
  store  CDS c=1>EDS/c EDS c=1 LDS l=1>RDS/r RDS r=1>CDS/c
  client CDS
  server CDS #1 c=1
  client CDS ack
  client EDS +c
  server EDS #2 c=1
  client EDS ack
  client LDS
  server LDS #3 l=1
  client LDS ack
  client RDS +r
  server RDS #4 r=1
  client RDS ack
`;

test("P-65 one change of all types goes out as CDS, EDS, LDS, RDS", async () => {
  await bothSay(`
    ${subscribed}
    store  RDS r=2>CDS/c LDS l=2>RDS/r EDS c=2 CDS c=2>EDS/c
    server CDS #5 c=2
    server EDS #6 c=2
    server LDS #7 l=2
    server RDS #8 r=2
  `);
});

test("P-68 a cluster that changed gets its endpoints again", async () => {
  await bothSay(`
    ${subscribed}
    store  CDS c=2>EDS/c
    server CDS #5 c=2
    server EDS #6 c=1
    client CDS ack
    client EDS ack
  `);
});

test("P-68 also when the endpoints were claimed to be known, on a stream that has sent the cluster", async () => {
  await says(
    "delta",
    `
    store  CDS c=2>EDS/c EDS c=1
    client CDS +* has c=1
    server CDS #1 c=2
    client EDS +c has c=1
    server EDS #2 c=1
    `,
  );
});

test("P-69 a cluster that was removed and comes back gets its endpoints", async () => {
  await says(
    "delta",
    `
    store  CDS c=1>EDS/c EDS c=1
    client CDS
    server CDS #1 c=1
    client CDS ack
    client EDS +c
    server EDS #2 c=1
    client EDS ack
    store  CDS -c
    server CDS #3 -c
    client CDS ack
    client EDS -c
    store  CDS c=1>EDS/c
    server CDS #4 c=1
    client CDS ack
    client EDS +c
    server EDS #5 c=1
    `,
  );
});

test("P-67 a route that goes over to a new cluster waits for its endpoints, and the old cluster goes last", async () => {
  await says(
    "delta",
    `
    ${subscribed}
    store  CDS d=1>EDS/d -c EDS d=1 -c RDS r=2>CDS/d
    server CDS #5 d=1
    client EDS +d
    server EDS #6 d=1
    server RDS #7 r=2
    client CDS ack
    client EDS ack
    client RDS ack
    server CDS #8 -c
    client EDS -c
    client CDS ack
    `,
  );
  await says(
    "sotw",
    `
    ${subscribed}
    store  CDS d=1>EDS/d -c EDS d=1 -c RDS r=2>CDS/d
    server CDS #5 c=1 d=1
    client EDS +d
    server EDS #6 d=1
    server RDS #7 r=2
    client CDS ack
    client EDS ack
    client RDS ack
    server CDS #8 d=1
    client EDS -c
    client CDS ack
    `,
  );
});

test("a client that does not ask for the endpoints of a new cluster gets its route when it has acknowledged the cluster", async () => {
  await says(
    "delta",
    `
    ${subscribed}
    store  CDS d=1>EDS/d EDS d=1 RDS r=2>CDS/d,CDS/c
    server CDS #5 d=1
    client CDS ack
    server RDS #6 r=2
    `,
  );
});

test("what is removed goes backwards: listener, route, cluster, endpoints, each after the ACK of the one before", async () => {
  await says(
    "delta",
    `
    ${subscribed}
    store  CDS -c EDS -c LDS -l RDS -r
    server LDS #5 -l
    client LDS ack
    server RDS #6 -r
    client RDS ack
    server CDS #7 -c
    client CDS ack
    server EDS #8 -c
    client EDS ack
    `,
  );
  await says(
    "sotw",
    `
    ${subscribed}
    store  CDS -c EDS -c LDS -l RDS -r
    server LDS #5
    client LDS ack
    server CDS #6
    client CDS ack
    `,
  );
});

test("P-25 clusters that are never acknowledged hold up only what depends on them", async () => {
  await says(
    "delta",
    `
    store  CDS c=1 LDS l=1>CDS/c m=1
    client CDS
    server CDS #1 c=1
    client LDS
    server LDS #2 l=1 m=1
    client LDS ack
    store  CDS d=1 LDS l=2>CDS/d m=2
    server LDS #3 m=2
    client LDS ack
    client CDS ack
    server CDS #4 d=1
    server LDS #5 l=2
    `,
  );
  await says(
    "sotw",
    `
    store  CDS c=1 LDS l=1>CDS/c m=1
    client CDS
    server CDS #1 c=1
    client LDS
    server LDS #2 l=1 m=1
    client LDS ack
    store  CDS d=1 LDS l=2>CDS/d m=2
    server LDS #3 l=1 m=2
    client LDS ack
    client CDS ack
    server CDS #4 c=1 d=1
    server LDS #5 l=2 m=2
    `,
  );
});

test("a first list of listeners is not sent before it is whole, since the client drops what is left out", async () => {
  await says(
    "sotw",
    `
    store  CDS c=1 LDS l=1>CDS/c m=1
    client CDS
    server CDS #1 c=1
    store  CDS d=1 LDS l=2>CDS/d
    client LDS
    client CDS ack
    server CDS #2 c=1 d=1
    server LDS #3 l=2 m=1
    `,
  );
});

test("P-73 a listener that changed does not make its route due again", async () => {
  await bothSay(`
    ${subscribed}
    store  LDS l=2>RDS/r
    server LDS #5 l=2
    client LDS ack
  `);
});

test("responses that can be split are, each part after the ACK of the one before", () => {
  const script = `
    store  EDS a=1 b=1 c=1
    client EDS +a +b +c
    server EDS #1 a=1
    client EDS ack
    server EDS #2 b=1
    client EDS ack
    server EDS #3 c=1
    client EDS ack
  `;
  for (const dialect of ["sotw", "delta"] as const) {
    expect(play(dialect, script, { maxResponseBytes: 100 })).toBe(spoken(script));
  }
  const whole = `
    store  CDS a=1 b=1 c=1
    client CDS
    server CDS #1 a=1 b=1 c=1 (oversize)
  `;
  expect(play("sotw", whole, { maxResponseBytes: 100 })).toBe(spoken(whole));
});

/** A client that came from another server, with a route to a cluster that went meanwhile. */
const returned = `
    store  CDS b=1 LDS l=1>RDS/r RDS r=2>CDS/b
    client CDS +* has a=1 b=1
    server CDS #1
    client LDS +* has l=1
    client RDS +r has r=1
    server RDS #2 r=2
    client CDS ack
`;

test("P-67 who comes back keeps a cluster to which its routes may lead until it has others", async () => {
  await says(
    "delta",
    `
    ${returned}
    client RDS ack
    server CDS #3 -a
    client CDS ack
    `,
  );
});

test("P-67 who comes back and rejects the new routes keeps it until it accepts some", async () => {
  await says(
    "delta",
    `
    ${returned}
    client RDS nack "r: no"
    report RDS rejected r=2
    store  CDS c=1
    server CDS #3 c=1
    client CDS ack
    store  RDS r=3>CDS/b
    report RDS forgiven r
    server RDS #4 r=3
    client RDS ack
    server CDS #5 -a
    `,
  );
});

test("P-67 who comes back with the newest routes loses what went once it answered", async () => {
  await says(
    "delta",
    `
    store  CDS b=1 LDS l=1>RDS/r RDS r=2>CDS/b
    client CDS +* has a=1 b=0
    server CDS #1 b=1
    client LDS +* has l=1
    client RDS +r has r=2
    client CDS ack
    server CDS #2 -a
    client CDS ack
    `,
  );
});

test("P-67 nor does a client that comes back lose what goes before it could say what else it has", async () => {
  await says(
    "delta",
    `
    store  CDS a=1 b=1 LDS l=1>RDS/r RDS r=1>CDS/a
    client CDS +* has a=1 b=1
    store  CDS -a RDS r=2>CDS/b
    server CDS #1
    client LDS +* has l=1
    client RDS +r has r=1
    server RDS #2 r=2
    client CDS ack
    client RDS ack
    server CDS #3 -a
    `,
  );
});
