import { formatIp, type IpAddress } from "@portolan/model";
import { readU16, readU32 } from "./bytes.ts";
import { FLAG, RCODE, rcodeName, TYPE, typeName } from "./codes.ts";
import { decodeSection, type WireRecord } from "./decode.ts";
import { formatName } from "./name-text.ts";
import type { Response } from "./response.ts";

/** An answer as people read it. */
export interface DnsAnswer {
  /** `NOERROR`, `NXDOMAIN`, ... */
  readonly rcode: string;
  readonly authoritative: boolean;
  readonly truncated: boolean;
  readonly recursionAvailable: boolean;
  readonly answers: readonly AnswerRecord[];
  readonly authorities: readonly AnswerRecord[];
  readonly additional: readonly AnswerRecord[];
}

export interface AnswerRecord {
  readonly name: string;
  readonly type: string;
  readonly ttlSeconds: number;
  /** As in a zone file: an address, a name, `0 0 8000 reviews.shop.global`, or `\# 4 0a000001` for types that have no other form (RFC 3597). */
  readonly value: string;
}

/** Undefined where any record is malformed. */
export function formatResponse(response: Response): DnsAnswer | undefined {
  const { message, flags, rcode } = response;
  const sections = (["answer", "authority", "additional"] as const).map((section) => decodeSection(message, section));
  const [answers, authorities, additional] = sections;
  if (answers === undefined || authorities === undefined || additional === undefined) return undefined;
  return {
    rcode: rcode > RCODE.REFUSED && rcode !== RCODE.BADVERS ? `RCODE${rcode}` : rcodeName(rcode),
    authoritative: (flags & FLAG.AA) !== 0,
    truncated: (flags & FLAG.TC) !== 0,
    recursionAvailable: (flags & FLAG.RA) !== 0,
    answers: answers.map(formatRecord),
    authorities: authorities.map(formatRecord),
    additional: additional.filter(({ type }) => type !== TYPE.OPT).map(formatRecord),
  };
}

export function formatRecord({ owner, type, ttlSeconds, rdata }: WireRecord): AnswerRecord {
  return { name: formatName(owner), type: typeName(type), ttlSeconds, value: formatRdata(type, rdata) };
}

function formatRdata(type: number, rdata: Uint8Array): string {
  const name = (start: number, end = rdata.length - 1) => formatName(rdata.subarray(start, end));
  if ((type === TYPE.A && rdata.length === 4) || (type === TYPE.AAAA && rdata.length === 16)) {
    return formatIp(rdata) satisfies IpAddress;
  }
  if (type === TYPE.CNAME || type === TYPE.PTR || type === TYPE.NS) return name(0);
  if (type === TYPE.MX) return `${readU16(rdata, 0)} ${name(2)}`;
  if (type === TYPE.SRV) return `${readU16(rdata, 0)} ${readU16(rdata, 2)} ${readU16(rdata, 4)} ${name(6)}`;
  if (type === TYPE.SOA) return formatSoa(rdata);
  if (type === TYPE.TXT || type === TYPE.HINFO) return formatTexts(rdata);
  const hex = Array.from(rdata, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return `\\# ${rdata.length}${hex === "" ? "" : ` ${hex}`}`;
}

function formatSoa(rdata: Uint8Array): string {
  let at = 0;
  while ((rdata[at] ?? 0) !== 0) at += 1 + (rdata[at] as number);
  const numbers = Array.from({ length: 5 }, (_, i) => readU32(rdata, rdata.length - 20 + 4 * i));
  const names = [formatName(rdata.subarray(0, at)), formatName(rdata.subarray(at + 1, rdata.length - 21))];
  return [...names, ...numbers].join(" ");
}

function formatTexts(rdata: Uint8Array): string {
  const texts: string[] = [];
  for (let at = 0; at < rdata.length; at += 1 + (rdata[at] as number)) {
    const bytes = rdata.subarray(at + 1, at + 1 + (rdata[at] as number));
    texts.push(`"${Array.from(bytes, formatTextByte).join("")}"`);
  }
  return texts.join(" ");
}

function formatTextByte(byte: number): string {
  if (byte < 32 || byte > 126) return `\\${String(byte).padStart(3, "0")}`;
  const character = String.fromCharCode(byte);
  return character === '"' || character === "\\" ? `\\${character}` : character;
}
