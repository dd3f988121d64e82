import type { Cidr, IpAddress } from "@portolan/model";
import { describe, expect, it } from "vitest";
import { a, answering, many } from "../testing/answering.ts";
import { agreed, agreedCode } from "../testing/oracle.ts";
import { optBytes, queryBytes, soaBytes } from "../testing/query-bytes.ts";
import { expectDialogue } from "../testing/transcript.ts";
import { readU16 } from "../wire/bytes.ts";
import type { DnsRecord } from "../zone/record.ts";
import { reverseName } from "../zone/reverse.ts";

type Ask = ReturnType<typeof answering>["ask"];

/** `NAME TYPE` -> what is asked and answered. */
function dialogue(ask: Ask, ...questions: readonly string[]) {
  return questions.map((title) => {
    const [name = "", type = "A"] = title.split(" ");
    const query = queryBytes({ name, type });
    return [title, query, ask(query)] as const;
  });
}

function values(ask: Ask, name: string, type = "A"): readonly string[] {
  return agreed(ask(queryBytes({ name, type }))!).answers.map(({ type, value }) => `${type} ${value}`);
}

function codeOf(ask: Ask, name: string, type = "A"): string {
  return agreed(ask(queryBytes({ name, type }))!).rcode;
}

const reviews = a("reviews.shop.global", "127.255.0.3");

describe("answers", () => {
  it("dns case 24 an address: NOERROR, authoritative, TTL 30 unless configured", async () => {
    const { ask } = answering(reviews);
    const [first] = dialogue(ask, "reviews.shop.global A");
    expect(agreed(first![2]!)).toMatchObject({ rcode: "NOERROR", authoritative: true });
    await expectDialogue("case-24-address", [first!]);
    const quick = answering(reviews, { ttlSeconds: 5 });
    expect(agreed(quick.ask(queryBytes())!).answers[0]?.ttlSeconds).toBe(5);
  });

  it("dns case 25 AAAA of a name with IPv4 only: NOERROR without answers, and the SOA", async () => {
    const { ask } = answering(reviews);
    const talk = dialogue(ask, "reviews.shop.global AAAA");
    expect(agreed(talk[0]![2]!)).toMatchObject({
      rcode: "NOERROR",
      answers: [],
      authorities: [{ name: "global", type: "SOA" }],
    });
    await expectDialogue("case-25-no-data", talk);
    expect(
      values(answering([...reviews, ...a("reviews.shop.global", "fd00::3")]).ask, "reviews.shop.global", "AAAA"),
    ).toEqual(["AAAA fd00::3"]);
  });

  it("dns case 26 other types of a name that exists: no data, and not forwarded", async () => {
    const { ask } = answering([...reviews, ...a("api.example.com", "10.0.0.7")]);
    const types = ["TXT", "MX", "HTTPS", "TYPE65280"];
    const talk = dialogue(ask, ...types.map((type) => `reviews.shop.global ${type}`), "api.example.com TXT");
    for (const [, , reply] of talk)
      expect(agreed(reply!)).toMatchObject({ rcode: "NOERROR", answers: [], authorities: [{ type: "SOA" }] });
    await expectDialogue("case-26-other-types", talk);
  });

  it("dns case 27 a name that does not exist below a suffix: NXDOMAIN with SOA, authoritative; elsewhere it is not ours", async () => {
    const { ask } = answering(reviews);
    const talk = dialogue(ask, "ratings.shop.global A", "x.reviews.shop.global A", "nowhere.svc.cluster.local A");
    for (const [, , reply] of talk)
      expect(agreed(reply!)).toMatchObject({ rcode: "NXDOMAIN", authoritative: true, authorities: [{ type: "SOA" }] });
    await expectDialogue("case-27-name-error", talk);
    expect(codeOf(ask, "example.com")).toBe("REFUSED");
    expect(codeOf(answering(reviews, { unknownNames: "forward" }).ask, "ratings.shop.global")).toBe("REFUSED");
  });

  it("dns case 28 a name that only others lie below: no data", () => {
    const { ask, zones } = answering(reviews);
    expect(agreed(ask(queryBytes({ name: "shop.global" }))!)).toMatchObject({ rcode: "NOERROR", answers: [] });
    zones.update([["reviews.shop.global", []]]);
    expect(codeOf(ask, "shop.global")).toBe("NXDOMAIN");
    expect(codeOf(ask, "global")).toBe("NOERROR");
  });

  it("dns case 29 SOA and NS of a zone are answered; its other types are no data", async () => {
    const { ask } = answering(reviews);
    const talk = dialogue(
      ask,
      "global SOA",
      "global NS",
      "global A",
      "svc.cluster.local SOA",
      "reviews.shop.global SOA",
    );
    expect(talk.map(([, , reply]) => agreed(reply!).answers.length)).toEqual([1, 1, 0, 1, 0]);
    await expectDialogue("case-29-apex", talk);
  });

  it("dns case 30 the SOA's TTL is its MINIMUM: negative answers are kept as long as others", () => {
    const { ask } = answering(reviews, { ttlSeconds: 7 });
    const [soa] = agreed(ask(queryBytes({ name: "ratings.shop.global" }))!).authorities;
    expect([soa?.ttlSeconds, soa?.value.split(" ").at(-1)]).toEqual([7, "7"]);
  });

  it("dns case 31 wildcards: owner is the name that was asked, names that exist go first, nothing between may exist", async () => {
    const { ask } = answering([
      ...a("*.shop.global", "127.255.0.1"),
      ...a("*.v1.shop.global", "127.255.0.2"),
      ...a("reviews.shop.global", "127.255.0.3"),
      ...a("x.between.shop.global", "127.255.0.4"),
      ...a("*.example.com", "10.0.0.1"),
      ...a("api.v2.example.com", "10.0.0.2"),
    ]);
    const names = [
      "a.shop.global",
      "a.b.shop.global",
      "a.v1.shop.global",
      "v1.shop.global",
      "reviews.shop.global",
      "between.shop.global",
      "a.between.shop.global",
      "shop.global",
    ];
    const talk = dialogue(
      ask,
      ...names,
      "a.example.com A",
      "a.v2.example.com A",
      "a.shop.global TXT",
      "*.shop.global A",
    );
    expect(
      talk.map(([, , reply]) => [agreed(reply!).rcode, agreed(reply!).answers[0]?.value].join(" ").trim()),
    ).toEqual([
      "NOERROR 127.255.0.1",
      "NOERROR 127.255.0.1",
      "NOERROR 127.255.0.2",
      "NOERROR",
      "NOERROR 127.255.0.3",
      "NOERROR",
      "NXDOMAIN",
      "NOERROR",
      "NOERROR 10.0.0.1",
      "NOERROR 10.0.0.1",
      "NOERROR",
      "NOERROR 127.255.0.1",
    ]);
    for (const [title, , reply] of talk)
      for (const { name } of agreed(reply!).answers) expect(name).toBe(title.split(" ")[0]);
    await expectDialogue("case-31-wildcard", talk);
    expect(codeOf(ask, "example.com")).toBe("REFUSED");
  });

  it("dns case 32 a search suffix behind a name of the mesh: the CNAME first, then the address, in one answer", async () => {
    const { ask } = answering([...reviews, ...a("pay.shop.svc.cluster.local", "10.96.0.9")]);
    const talk = dialogue(
      ask,
      "reviews.shop.global.vm.svc.cluster.local A",
      "reviews.shop.global.svc.cluster.local A",
      "Reviews.Shop.global.vm.svc.CLUSTER.local AAAA",
      "reviews.shop.global.vm.svc.cluster.local CNAME",
      "shop.global.vm.svc.cluster.local A",
      "pay.shop.svc.cluster.local.vm.svc.cluster.local A",
    );
    expect(values(ask, "reviews.shop.global.vm.svc.cluster.local")).toEqual([
      "CNAME reviews.shop.global",
      "A 127.255.0.3",
    ]);
    expect(agreed(talk[2]![2]!)).toMatchObject({
      answers: [{ type: "CNAME" }],
      authorities: [{ name: "global", type: "SOA" }],
    });
    expect(agreed(talk[4]![2]!).rcode).toBe("NXDOMAIN");
    await expectDialogue("case-32-search", talk);
  });

  it("dns case 33 CNAMEs that lead in a circle are left out and reported; a later change that breaks the circle brings them back", async () => {
    const alias = (name: string, target: string): DnsRecord => ({ name, type: "CNAME", target });
    const chain = [alias("a.global", "b.global"), alias("b.global", "c.global"), ...a("c.global", "127.255.0.3")];
    const { ask, zones } = answering([
      ...chain,
      alias("x.global", "y.global"),
      alias("y.global", "x.global"),
      alias("self.global", "self.global"),
    ]);
    expect(values(ask, "a.global")).toEqual(["CNAME b.global", "CNAME c.global", "A 127.255.0.3"]);
    expect(["x.global", "y.global", "self.global"].map((name) => codeOf(ask, name))).toEqual([
      "NXDOMAIN",
      "NXDOMAIN",
      "NXDOMAIN",
    ]);
    expect([...zones.zone!.problems.keys()].sort()).toEqual(["self.global", "x.global", "y.global"]);
    await expectDialogue(
      "case-33-aliases",
      dialogue(ask, "a.global A", "a.global AAAA", "a.global CNAME", "x.global A"),
    );
    zones.update([["y.global", [alias("y.global", "c.global")]]]);
    expect(values(ask, "x.global")).toEqual(["CNAME y.global", "CNAME c.global", "A 127.255.0.3"]);
    zones.update([["c.global", [alias("c.global", "a.global")]]]);
    expect([...zones.zone!.problems.keys()].sort()).toEqual(["a.global", "b.global", "c.global", "self.global"]);
    const long = Array.from({ length: 12 }, (_, i) => alias(`n${i}.global`, `n${i + 1}.global`));
    expect(codeOf(answering([...long, ...a("n12.global", "127.255.0.3")]).ask, "n0.global")).toBe("SERVFAIL");
    const wild = answering([alias("*.w.global", "x.w.global")]);
    expect(wild.zones.zone!.problems.has("*.w.global")).toBe(true);
  });

  it("dns case 34 many addresses: all are there, and each comes first equally often", () => {
    const addresses = many(10);
    const { ask } = answering(a("reviews.shop.global", ...addresses));
    const first = new Map<string, number>();
    for (let i = 0; i < 10_000; i++) {
      const reply = ask(queryBytes());
      const lead = `10.0.0.${reply![12 + 21 + 4 + 15]}`;
      first.set(lead, (first.get(lead) ?? 0) + 1);
    }
    const chiSquare = addresses.reduce((sum, address) => sum + ((first.get(address) ?? 0) - 1000) ** 2 / 1000, 0);
    // 9 degrees of freedom: above 60 once in a billion runs.
    expect(chiSquare).toBeLessThan(60);
    const { answers } = agreed(ask(queryBytes())!);
    expect(answers.map(({ value }) => value).sort()).toEqual([...addresses].sort());
    expect(new Set(answers.map(({ ttlSeconds }) => ttlSeconds)).size).toBe(1);
  });

  it("dns case 35 addresses of a target that have no room are left out, without TC: the client asks for them itself", () => {
    const name = "_http._tcp.many.shop.global";
    const { ask } = answering([
      ...a("many.shop.global", ...many(40)),
      { name, type: "SRV", port: 8000, target: "many.shop.global" },
    ]);
    const additional = (edns?: { size: number }) => {
      const reply = ask(queryBytes({ name, type: "SRV", ...(edns === undefined ? {} : { edns }) }))!;
      return { length: reply.length, truncated: (reply[2]! & 2) !== 0, answers: reply[7], additional: reply[11] };
    };
    const bare = additional();
    expect(bare).toMatchObject({ truncated: false, answers: 1, additional: 0 });
    expect(bare.length).toBeLessThanOrEqual(512);
    expect(additional({ size: 1232 })).toMatchObject({ truncated: false, answers: 1, additional: 41 });
  });

  it("dns case 35 SRV: port and target, the target's address in additional, the target not compressed", async () => {
    const srv: DnsRecord = {
      name: "_http._tcp.reviews.shop.global",
      type: "SRV",
      port: 8000,
      target: "reviews.shop.global",
    };
    const { ask } = answering([...reviews, srv]);
    const talk = dialogue(
      ask,
      "_http._tcp.reviews.shop.global SRV",
      "_http._tcp.reviews.shop.global A",
      "_tcp.reviews.shop.global SRV",
      "_grpc._tcp.reviews.shop.global SRV",
    );
    const { answers, additional } = agreed(talk[0]![2]!);
    expect(answers[0]?.value).toBe("0 0 8000 reviews.shop.global");
    expect(additional).toEqual([{ name: "reviews.shop.global", type: "A", ttlSeconds: 30, value: "127.255.0.3" }]);
    const reply = Buffer.from(talk[0]![2]!);
    expect(reply.includes(Buffer.from("\x07reviews\x04shop\x06global\x00", "latin1"), talk[0]![1].length)).toBe(true);
    await expectDialogue("case-35-srv", talk);
  });

  it("dns case 36 PTR of a VIP is its host; the rest of a pool and of 127/8 is ours, other addresses are not", async () => {
    const vip = "127.255.0.3" as IpAddress;
    const { ask } = answering([...reviews, { name: reverseName(vip), type: "PTR", target: "reviews.shop.global" }], {
      pools: ["240.240.0.0/16", "10.16.0.0/12"] as Cidr[],
    });
    const talk = dialogue(
      ask,
      ...["127.255.0.3", "127.0.0.9", "127.0.0.1", "240.240.0.1", "240.241.0.1", "10.31.0.1", "10.32.0.1", "::1"].map(
        (address) => `${reverseName(address as IpAddress)} PTR`,
      ),
    );
    expect(talk.map(([, , reply]) => agreed(reply!).answers[0]?.value ?? agreed(reply!).rcode)).toEqual([
      "reviews.shop.global",
      "NXDOMAIN",
      "localhost",
      "NXDOMAIN",
      "REFUSED",
      "NXDOMAIN",
      "REFUSED",
      "localhost",
    ]);
    await expectDialogue("case-36-ptr", talk);
  });

  it("dns case 37 ANY is answered with one small record", async () => {
    const { ask } = answering(a("reviews.shop.global", ...many(30)));
    const talk = dialogue(ask, "reviews.shop.global ANY", "global ANY", "shop.global ANY", "no.global ANY");
    expect(agreed(talk[0]![2]!).answers).toEqual([
      { name: "reviews.shop.global", type: "HINFO", ttlSeconds: 30, value: '"RFC8482" ""' },
    ]);
    await expectDialogue("case-37-any", talk);
  });

  it("dns case 38 transfers are refused, over TCP as well", () => {
    const { ask } = answering(reviews);
    for (const type of ["AXFR", "IXFR"]) {
      for (const transport of ["udp", "tcp"] as const)
        expect(agreed(ask(queryBytes({ name: "global", type }), transport)!).rcode).toBe("REFUSED");
    }
  });

  it("dns case 38 a request for changes holds the SOA that its sender has (RFC 1995 section 3), and is refused as well", () => {
    const { ask } = answering(reviews);
    const known = soaBytes("global", 1);
    const ixfr = (edns: readonly number[], trailing: readonly number[] = known) =>
      queryBytes({
        name: "global",
        type: "IXFR",
        counts: [1, 0, 1, edns.length > 0 ? 1 : 0],
        trailing: [...trailing, ...edns],
      });
    const plain = ask(ixfr([]))!;
    expect([agreed(plain).rcode, readU16(plain, 10)]).toEqual(["REFUSED", 0]);
    const withEdns = ask(ixfr(optBytes({})))!;
    expect([agreed(withEdns).rcode, readU16(withEdns, 10)]).toEqual(["REFUSED", 1]);
    // Cut, or of another type: as case 7 has it.
    for (const trailing of [[], known.slice(0, -1)]) expect(agreedCode(ask(ixfr([], trailing))!)).toBe(1);
    const other = queryBytes({ name: "global", type: "SOA", counts: [1, 0, 1, 0], trailing: known });
    expect(agreedCode(ask(other)!)).toBe(1);
  });

  it("dns case 39 classes other than IN are refused: nobody learns a version", async () => {
    const { ask } = answering(reviews);
    const version = queryBytes({ name: "version.bind", type: "TXT", class: 3 });
    const talk = [["version.bind CH TXT", version, ask(version)]] as const;
    for (const one of [0, 2, 3, 4, 254, 255]) expect(agreed(ask(queryBytes({ class: one }))!).rcode).toBe("REFUSED");
    await expectDialogue("case-39-class", talk);
  });

  it("dns case 40 localhost, invalid, local and onion never leave the machine", async () => {
    const { ask } = answering([...reviews, ...a("printer.local", "10.0.0.5")]);
    const talk = dialogue(
      ask,
      "localhost A",
      "a.b.localhost AAAA",
      "localhost TXT",
      "x.invalid A",
      "router.local A",
      "printer.local A",
      "x.onion A",
    );
    expect(talk.map(([, , reply]) => agreed(reply!).answers[0]?.value ?? agreed(reply!).rcode)).toEqual([
      "127.0.0.1",
      "::1",
      "NOERROR",
      "NXDOMAIN",
      "NXDOMAIN",
      "10.0.0.5",
      "NXDOMAIN",
    ]);
    await expectDialogue("case-40-local", talk);
  });
});
