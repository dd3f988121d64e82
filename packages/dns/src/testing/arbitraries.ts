import fc from "fast-check";
import type { DnsRecord } from "../zone/record.ts";
import { a } from "./answering.ts";
import { queryBytes } from "./query-bytes.ts";

const label = fc.constantFrom("a", "b", "c", "www", "*", "xn--q");
const suffix = fc.constantFrom("global", "shop.global", "example.com", "svc.cluster.local");

/** Few labels, so that names often meet. */
export const name: fc.Arbitrary<string> = fc
  .tuple(fc.array(label, { minLength: 1, maxLength: 3 }), suffix)
  .map(([labels, end]) => [labels[0], ...labels.slice(1).filter((one) => one !== "*"), end].join("."));

const plainName = name.filter((text) => !text.includes("*"));

export const record: fc.Arbitrary<DnsRecord> = fc.oneof(
  fc.tuple(name, fc.integer({ min: 1, max: 250 })).map(([owner, last]) => a(owner, `10.0.0.${last}`)[0]!),
  fc.tuple(name, fc.integer({ min: 1, max: 250 })).map(([owner, last]) => a(owner, `fd00::${last.toString(16)}`)[0]!),
  fc.tuple(name, plainName).map(([owner, target]): DnsRecord => ({ name: owner, type: "CNAME", target })),
  fc
    .tuple(plainName, plainName, fc.integer({ min: 1, max: 65535 }))
    .map(([owner, target, port]): DnsRecord => ({ name: `_http._tcp.${owner}`, type: "SRV", target, port })),
  fc
    .tuple(name, fc.string({ maxLength: 20 }))
    .map(([owner, text]): DnsRecord => ({ name: owner, type: "TXT", texts: [text] })),
);

const valid: readonly Uint8Array[] = [
  queryBytes(),
  queryBytes({ edns: { options: [0, 10, 0, 8, 1, 2, 3, 4, 5, 6, 7, 8] } }),
  queryBytes({ name: "_http._tcp.reviews.shop.global", type: "SRV", edns: { dnssecOk: true } }),
  queryBytes({ name: "reviews.shop.global.vm.svc.cluster.local", type: "AAAA" }),
  queryBytes({ name: "3.0.255.127.in-addr.arpa", type: "PTR" }),
];

/** Queries with bytes changed, put in, cut off or repeated, and bytes of no meaning. */
export const mutated: fc.Arbitrary<Uint8Array> = fc.oneof(
  fc.uint8Array({ maxLength: 600 }),
  fc
    .tuple(
      fc.constantFrom(...valid),
      fc.array(
        fc.tuple(
          fc.nat(80),
          fc.constantFrom("set", "insert", "delete", "cut"),
          fc.constantFrom(0, 1, 2, 12, 41, 63, 64, 0x80, 0xc0, 0xff),
        ),
        {
          maxLength: 6,
        },
      ),
    )
    .map(([bytes, edits]) => {
      const out = [...bytes];
      for (const [at, edit, byte] of edits) {
        if (edit === "set") out[at % out.length] = byte;
        else if (edit === "insert") out.splice(at % (out.length + 1), 0, byte);
        else if (edit === "delete") out.splice(at % (out.length + 1), 1);
        else out.length = Math.min(out.length, at + 1);
        if (out.length === 0) break;
      }
      return Uint8Array.from(out);
    }),
);

export const corpus: readonly Uint8Array[] = valid;
