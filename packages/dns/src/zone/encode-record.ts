import { ipBytes, printable } from "@portolan/model";
import { writeU16 } from "../wire/bytes.ts";
import { TYPE } from "../wire/codes.ts";
import { parseName } from "../wire/name-text.ts";
import type { DnsRecord } from "./record.ts";

/** A record's type and RDATA; a text says why there is none. Names in RDATA are never compressed (RFC 2782, RFC 3597). */
export function encodeRdata(record: DnsRecord): { readonly type: number; readonly rdata: Uint8Array } | string {
  switch (record.type) {
    case "A":
    case "AAAA": {
      const rdata = ipBytes(record.address);
      if (rdata?.length !== (record.type === "A" ? 4 : 16)) {
        return `"${printable(record.address)}" is no address for ${record.type}`;
      }
      return { type: TYPE[record.type], rdata };
    }
    case "CNAME":
    case "PTR": {
      const labels = parseName(record.target);
      return labels === undefined ? badTarget(record.target) : { type: TYPE[record.type], rdata: withRoot(labels, 0) };
    }
    case "SRV": {
      const labels = parseName(record.target);
      if (labels === undefined) return badTarget(record.target);
      const { priority = 0, weight = 0, port } = record;
      if (!isU16(priority) || !isU16(weight) || !isU16(port)) {
        return `SRV ${priority} ${weight} ${port}: each is a whole number from 0 to 65535`;
      }
      const rdata = withRoot(labels, 6);
      writeU16(rdata, 0, priority);
      writeU16(rdata, 2, weight);
      writeU16(rdata, 4, port);
      return { type: TYPE.SRV, rdata };
    }
    case "TXT": {
      const texts = record.texts.length === 0 ? [""] : record.texts;
      if (texts.some((text) => !isAscii(text))) return "a text of TXT is not ASCII";
      if (texts.some((text) => text.length > 255)) return "a text of TXT is longer than 255 bytes";
      const bytes = texts.flatMap((text) => [text.length, ...Array.from(text, (c) => c.charCodeAt(0) & 0xff)]);
      if (bytes.length > 0xffff) return "TXT is longer than 65535 bytes";
      return { type: TYPE.TXT, rdata: Uint8Array.from(bytes) };
    }
    default:
      return `${printable(String((record as { type: unknown }).type))} is not a type of record that a zone holds`;
  }
}

function isU16(value: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= 0xffff;
}

function isAscii(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 0x7f) return false;
  return true;
}

function withRoot(labels: Uint8Array, before: number): Uint8Array {
  const rdata = new Uint8Array(before + labels.length + 1);
  rdata.set(labels, before);
  return rdata;
}

function badTarget(target: string): string {
  return `"${printable(target)}" is not a domain name`;
}
