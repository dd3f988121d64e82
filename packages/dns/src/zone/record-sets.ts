import { writeU16, writeU32 } from "../wire/bytes.ts";
import { CLASS_IN, TYPE } from "../wire/codes.ts";
import { encodeRdata } from "./encode-record.ts";
import { RECORD_HEAD, type RecordSet } from "./node.ts";
import type { DnsRecord } from "./record.ts";
import type { Slab } from "./slab.ts";

/** Enough for any answer: a reply of 65,535 bytes holds no more addresses, and counts are 16 bits. */
const MAX_RECORDS = 65_535;

/** All the records of one name as ready bytes; equal records become one (RFC 2181 section 5). Reports what it leaves out. */
export function compileRecordSets(
  records: readonly DnsRecord[],
  ttlSeconds: number,
  slab: Slab,
  report: (message: string) => void,
): RecordSet | undefined {
  const [only] = records;
  if (only !== undefined && records.length === 1) {
    const encoded = encodeRdata(only);
    if (typeof encoded === "object") return recordSet(encoded.type, [encoded.rdata], ttlSeconds, slab, undefined);
  }
  const byType = new Map<number, Map<string, Uint8Array>>();
  for (const record of records) {
    const encoded = encodeRdata(record);
    if (typeof encoded === "string") {
      report(encoded);
      continue;
    }
    const rdatas = byType.get(encoded.type) ?? new Map<string, Uint8Array>();
    byType.set(encoded.type, rdatas);
    if (rdatas.size < MAX_RECORDS) rdatas.set(encoded.rdata.join(), encoded.rdata);
  }
  const aliases = byType.get(TYPE.CNAME);
  if (aliases !== undefined && byType.size > 1) {
    report("has a CNAME and other records; the CNAME is left out (RFC 1034 section 3.6.2)");
    byType.delete(TYPE.CNAME);
  } else if (aliases !== undefined && aliases.size > 1) {
    report("has more than one CNAME; the first one stands (RFC 2181 section 10.1)");
    for (const key of [...aliases.keys()].slice(1)) aliases.delete(key);
  }
  let sets: RecordSet | undefined;
  for (const [type, rdatas] of [...byType].sort(([a], [b]) => b - a)) {
    sets = recordSet(type, [...rdatas.values()], ttlSeconds, slab, sets);
  }
  return sets;
}

export function recordSet(
  type: number,
  rdatas: readonly Uint8Array[],
  ttlSeconds: number,
  slab: Slab,
  next: RecordSet | undefined,
): RecordSet {
  const length = rdatas.reduce((sum, rdata) => sum + RECORD_HEAD + rdata.length, 0);
  const { bytes, start } = slab.take(length);
  let at = start;
  for (const rdata of rdatas) {
    // The owner is the question's name (RFC 1035 section 4.1.4) unless the writer sets another.
    writeU16(bytes, at, 0xc00c);
    writeU16(bytes, at + 2, type);
    writeU16(bytes, at + 4, CLASS_IN);
    writeU32(bytes, at + 6, ttlSeconds);
    writeU16(bytes, at + 10, rdata.length);
    bytes.set(rdata, at + RECORD_HEAD);
    at += RECORD_HEAD + rdata.length;
  }
  const first = rdatas[0]?.length ?? 0;
  const stride = rdatas.every((rdata) => rdata.length === first) ? RECORD_HEAD + first : 0;
  return { type, count: rdatas.length, bytes, start, end: at, stride, next };
}
