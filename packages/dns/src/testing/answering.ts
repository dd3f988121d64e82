import type { Forwarder } from "../forwarder/forwarder.ts";
import { createAnswerer } from "../server/answerer.ts";
import type { Transport } from "../server/channels.ts";
import { createCounters } from "../server/counters.ts";
import { createRecordZones } from "../server/record-zones.ts";
import type { DnsRecord } from "../zone/record.ts";
import type { ZoneOptions } from "../zone/zone.ts";

export const ZONE: ZoneOptions = {
  suffixes: ["global", "svc.cluster.local"],
  pools: [],
  ttlSeconds: 30,
  unknownNames: "nameError",
  search: ["*.svc.cluster.local", "svc.cluster.local"],
};

export function a(name: string, ...addresses: readonly string[]): readonly DnsRecord[] {
  return addresses.map((address) => ({
    name,
    type: address.includes(":") ? "AAAA" : "A",
    address,
  }));
}

/** `count` addresses from 10.0.0.1 on. */
export function many(count: number): string[] {
  return Array.from({ length: count }, (_, i) => `10.${(i + 1) >> 16}.${((i + 1) >> 8) & 255}.${(i + 1) & 255}`);
}

/** Answers as a server with these records does, without sockets; undefined is silence. */
export function answering(records: Iterable<DnsRecord>, zone: Partial<ZoneOptions> = {}, forwarder?: Forwarder) {
  const zones = createRecordZones(records, { ...ZONE, ...zone });
  const counters = createCounters();
  const answer = createAnswerer({ zones, forwarder, counters, now: () => 0 });
  return {
    zones,
    counters,
    ask(message: Uint8Array, transport: Transport = "udp"): Uint8Array | undefined {
      const replies: (Uint8Array | undefined)[] = [];
      answer({ message, address: "10.9.9.9", transport, startMs: 0, send: (reply) => replies.push(reply) });
      if (replies.length !== 1) throw new Error(`${replies.length} replies in the place of one`);
      return replies[0];
    },
  };
}
