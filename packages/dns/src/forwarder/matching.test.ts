import * as dnsPacket from "dns-packet";
import { expect, it } from "vitest";
import { parseName } from "../wire/name-text.ts";
import { encodeQuery } from "./forward-question.ts";
import { matching } from "./matching.ts";

const labels = parseName("www.example.com")!;

function asked(edns = true): Uint8Array {
  const name = { bytes: labels, start: 0, end: labels.length };
  const query = encodeQuery({ name, type: 1, dnssecOk: false, checkingDisabled: false }, edns);
  query.set([0x12, 0x34]);
  return query;
}

interface Words {
  readonly id?: number;
  readonly name?: string;
  readonly type?: dnsPacket.RecordType;
  readonly class?: dnsPacket.RecordClass;
  readonly rcode?: number;
  readonly isQuery?: boolean;
  readonly bare?: boolean;
}

function reply(words: Words = {}): Uint8Array {
  const { id = 0x1234, name = "www.example.com", type = "A", rcode = 0 } = words;
  const message = dnsPacket.encode({
    type: words.isQuery === true ? "query" : "response",
    id,
    flags: rcode,
    questions: words.bare === true ? [] : [{ name, type, class: words.class ?? "IN" }],
  });
  return message;
}

it.each<readonly [string, Words]>([
  ["another id", { id: 0x1235 }],
  ["a query", { isQuery: true }],
  ["another name", { name: "www.example.org" }],
  ["another type", { type: "AAAA" }],
  ["another class", { class: "CH" }],
  ["no question", { bare: true }],
  ["no question, refused", { bare: true, rcode: 5 }],
  ["a bare FORMERR with another id", { id: 0x1235, bare: true, rcode: 1 }],
  ["a bare FORMERR that is a query", { isQuery: true, bare: true, rcode: 1 }],
])("dns case 47 %s is no answer", (_title, words) => {
  expect(matching(reply(words), asked())).toBeUndefined();
});

it("dns case 47 the question's letters may come back in another case, and every cut is no answer", () => {
  const message = reply({ name: "WWW.example.COM" });
  expect(matching(message, asked())).toMatchObject({ rcode: 0, questionEnd: message.length });
  for (let length = 0; length < message.length; length++) {
    expect(matching(message.subarray(0, length), asked())).toBeUndefined();
  }
});

it("FORMERR and NOTIMP of a server that knows no EDNS mean to ask without", () => {
  expect(matching(reply({ bare: true, rcode: 1 }), asked())).toBe("noEdns");
  expect(matching(reply({ bare: true, rcode: 4 }), asked())).toBe("noEdns");
  expect(matching(reply({ rcode: 1 }), asked())).toBe("noEdns");
  expect(matching(reply({ rcode: 1 }), asked(false))).toMatchObject({ rcode: 1 });
});
