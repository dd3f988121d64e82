import { test } from "vitest";
import { says } from "../testing/transcript.ts";

test("P-26 no names is a wildcard, and an explicit * is the same", async () => {
  for (const star of ["", "+*"]) {
    await says(
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

test("P-27 from nothing to * and a name, to the name, to nothing", async () => {
  await says(
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

test("P-29 a further name is answered although it did not change, listeners and clusters in full", async () => {
  await says(
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

test("P-35 any change of a cluster or listener gives the full set in one response", async () => {
  await says(
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

test("P-23 only the newest of several requests counts", async () => {
  await says(
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

test("P-16 a stale nonce gets no answer, and nothing is lost", async () => {
  await says(
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

test("P-18 a nonce that was never given is ignored", async () => {
  await says(
    "sotw",
    `
    store  EDS a=1
    client EDS +a
    server EDS #1 a=1
    client EDS nonce=xyz
    store  EDS a=2 b=1
    client EDS ack
    server EDS #2 a=2
    client EDS ack
    client EDS nonce=xyz +b
    client EDS
    server EDS #3 b=1
    `,
  );
});

test("a name without endpoints gets an empty assignment, other names silence", async () => {
  await says(
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

test("a wildcard over nothing is answered with nothing, which is an answer", async () => {
  await says("sotw", "client LDS \n server LDS #1");
  await says("delta", "client LDS \n server LDS #1");
});

test("P-16 P-31 a name that was left out and came back, both in requests that were void, is sent again", async () => {
  await says(
    "sotw",
    `
    store  RDS a=1 b=1
    client RDS +a +b
    server RDS #1 a=1 b=1
    client RDS ack
    store  RDS a=2
    server RDS #2 a=2
    client RDS nonce=1 -b
    client RDS nonce=1 +b
    client RDS ack
    server RDS #3 b=1
    `,
  );
});

test("P-16 P-31 a name that a void request left out is sent again where * stands for it then", async () => {
  await says(
    "sotw",
    `
    store  EDS a=1
    client EDS +a
    server EDS #1 a=1
    client EDS ack +b
    server EDS #2 b=none
    client EDS nonce=1 -a
    client EDS nonce=1 +*
    client EDS ack
    server EDS #3 a=1
    client EDS ack
    `,
  );
});

test("P-16 P-27 after a name in a request that was void, no names mean nothing, and * everything", async () => {
  await says(
    "sotw",
    `
    store  CDS a=1
    client CDS
    server CDS #1 a=1
    client CDS nonce= +b
    client CDS nonce= -b
    client CDS ack
    store  CDS a=2
    client CDS +*
    server CDS #2 a=2
    client CDS ack
    `,
  );
});

test("the same for *", async () => {
  await says(
    "sotw",
    `
    store  EDS a=1 b=1
    client EDS +*
    server EDS #1 a=1 b=1
    client EDS ack
    store  EDS a=2
    server EDS #2 a=2
    client EDS nonce=1 -* +a
    client EDS nonce=1 +* -a
    client EDS ack
    server EDS #3 a=2 b=1
    `,
  );
});
