import * as dnsPacket from "dns-packet";
import { Packet } from "dns2";
import { expect } from "vitest";
import { readU16 } from "../wire/bytes.ts";
import { type DnsAnswer, formatResponse } from "../wire/message-text.ts";
import { scanResponse } from "../wire/response.ts";

/** A reply as our own codec reads it, after dns-packet and dns2 have read the same. */
export function agreed(reply: Uint8Array): DnsAnswer {
  const response = scanResponse(reply);
  const ours = response === undefined ? undefined : formatResponse(response);
  if (ours === undefined) throw new Error(`not a response: ${Buffer.from(reply).toString("hex")}`);
  const theirs = dnsPacket.decode(Buffer.from(reply));
  const others = Packet.parse(Buffer.from(reply));
  expect(others.errors).toEqual([]);
  expect(theirs.answers?.map(packetRecord)).toEqual(ours.answers.map(ownRecord));
  expect(theirs.authorities?.map(packetRecord)).toEqual(ours.authorities.map(ownRecord));
  expect(theirs.additionals?.filter(({ type }) => type !== "OPT").map(packetRecord)).toEqual(
    ours.additional.map(ownRecord),
  );
  expect(others.answers.map(({ name, ttl }) => [name, ttl])).toEqual(
    ours.answers.map(({ name, ttlSeconds }) => [name, ttlSeconds]),
  );
  expect(others.authorities.length).toBe(ours.authorities.length);
  expect([others.header.aa === 1, others.header.tc === 1, others.header.ra === 1]).toEqual([
    ours.authoritative,
    ours.truncated,
    ours.recursionAvailable,
  ]);
  return ours;
}

/** The code of a reply that is a header alone, as dns-packet and dns2 read it too. */
export function agreedCode(reply: Uint8Array): number {
  const code = readU16(reply, 2) & 15;
  const theirs = dnsPacket.decode(Buffer.from(reply));
  const { header, errors } = Packet.parse(Buffer.from(reply));
  expect(errors).toEqual([]);
  expect([theirs.id, theirs.type, rcodeOfFlags(theirs.flags)]).toEqual([readU16(reply, 0), "response", code]);
  expect([header.id, header.qr, header.rcode]).toEqual([readU16(reply, 0), 1, code]);
  return code;
}

function rcodeOfFlags(flags: number | undefined): number {
  return (flags ?? 0) & 15;
}

function ownRecord({ name, type, ttlSeconds, value }: DnsAnswer["answers"][number]): unknown[] {
  return [name === "." ? "." : name, type, ttlSeconds, value];
}

function packetRecord(answer: dnsPacket.Answer): unknown[] {
  const { name, type } = answer;
  return [name, type, "ttl" in answer ? answer.ttl : undefined, packetValue(answer)];
}

function packetValue(answer: dnsPacket.Answer): unknown {
  switch (answer.type) {
    case "SRV": {
      const { priority = 0, weight = 0, port, target } = answer.data;
      return `${priority} ${weight} ${port} ${target}`;
    }
    case "SOA": {
      const { mname, rname, serial = 0, refresh = 0, retry = 0, expire = 0, minimum = 0 } = answer.data;
      return [mname, rname, serial, refresh, retry, expire, minimum].join(" ");
    }
    case "HINFO":
      return `"${answer.data.cpu}" "${answer.data.os}"`;
    case "TXT":
      return [answer.data]
        .flat()
        .map((text) => `"${text.toString()}"`)
        .join(" ");
    default:
      return "data" in answer ? answer.data : undefined;
  }
}
