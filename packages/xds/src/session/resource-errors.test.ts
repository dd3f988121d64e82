import { expect, test } from "vitest";
import { play, spoken } from "../testing/conversation.ts";

function says(script: string, resourceErrors = true): void {
  expect(play("sotw", script, { resourceErrors })).toBe(spoken(script));
}

test("TP3 a client that understands errors is told at once that a name is not there, in every type, and no placeholder", () => {
  says(`
    store  EDS b=1 LDS m=1
    client RDS +r
    server RDS #1 -r
    client RDS ack
    client EDS +a +b
    server EDS #2 b=1 -a
    client EDS ack
    client LDS +l +m
    server LDS #3 m=1 -l
    client LDS ack
    store  RDS r=1 EDS a=1
    server EDS #4 a=1
    server RDS #5 r=1
  `);
});

test("TP3 it is told once, and again when what was there goes or is asked for anew", () => {
  says(`
    store  EDS b=1
    client EDS +a +b
    server EDS #1 b=1 -a
    client EDS ack
    store  EDS b=2
    server EDS #2 b=2
    client EDS ack
    store  EDS -b
    server EDS #3 -b
    client EDS ack -a
    client EDS nonce=3 +a
    server EDS #4 -a
  `);
});

test("TP3 what a wildcard stands for has no errors", () => {
  says(`
    store  CDS a=1 b=1
    client CDS
    server CDS #1 a=1 b=1
    client CDS ack
    store  CDS -b
    server CDS #2 a=1
  `);
});

test("who does not understand errors is told what there are words for", () => {
  says(
    `
    store  EDS b=1
    client RDS +r
    client EDS +a +b
    server EDS #1 a=none b=1
    `,
    false,
  );
});
