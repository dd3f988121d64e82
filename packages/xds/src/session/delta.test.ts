import { test } from "vitest";
import { says } from "../testing/transcript.ts";

test("P-42 a second name is answered alone", async () => {
  await says(
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

test("P-44 an unknown name is told as removed, kept, and sent when it is created", async () => {
  await says(
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

test("P-45 deleted is told once; created again with the same content is sent", async () => {
  await says(
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

test("P-47 P-48 after unsubscribing there is silence, also from what was never subscribed to", async () => {
  await says(
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

test("P-50 the four steps of the specification end with nothing, and not with a wildcard", async () => {
  await says(
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

test("unsubscribing from a name that the wildcard covers is answered with the resource, else with its removal", async () => {
  await says(
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

test("P-52 a stale or unknown nonce does not void a subscription", async () => {
  await says(
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

test("P-53 a request without a nonce is no answer: what is pending stays pending", async () => {
  await says(
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

test("a name that is subscribed to again is sent again", async () => {
  await says(
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

test("P-55 P-60 after a reconnect only what differs is sent, and what went is told", async () => {
  await says(
    "delta",
    `
    store  CDS a=1 b=2
    client CDS +* has a=1 b=1 c=1
    server CDS #1 b=2
    client CDS ack
    server CDS #2 -c
    client CDS ack
    reconnect
    client CDS +* has a=1 b=2
    store  CDS a=2
    server CDS #3 a=2
    `,
  );
});

test("P-56 versions given with the same names in the subscription are believed", async () => {
  await says(
    "delta",
    `
    store  EDS a=1 b=2
    client EDS +a +b has a=1 b=1
    server EDS #1 b=2
    `,
  );
});

test("P-63 doubled and late answers change nothing", async () => {
  await says(
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

test("P-64 what others add and delete reaches a wildcard", async () => {
  await says(
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

test("P-82 a virtual host or cluster that is asked for on demand and is not there is answered at once, and others can be unsubscribed from with it", async () => {
  await says(
    "delta",
    `
    store  VHDS routes/a=1 CDS a=1
    client VHDS +routes/a
    server VHDS #1 routes/a=1
    client VHDS ack
    client VHDS +routes/nobody -routes/a
    server VHDS #2 -routes/nobody
    client VHDS ack
    client CDS +nobody
    server CDS #3 -nobody
    client CDS ack
    store  VHDS routes/a=2 routes/nobody=1
    server VHDS #4 routes/nobody=1
    `,
  );
});
