import { createSocket } from "node:dgram";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { once } from "node:events";
import * as dnsPacket from "dns-packet";
import { describe, expect, it, onTestFinished } from "vitest";
import { queryDns } from "../client.ts";
import { a } from "../testing/answering.ts";
import { exchange } from "../testing/exchange.ts";
import { address, fakeUpstream, response, soa } from "../testing/fake-upstream.ts";
import { onFreePort } from "../testing/on-free-port.ts";
import { type QueryWords, queryBytes } from "../testing/query-bytes.ts";
import { readU16, readU32 } from "../wire/bytes.ts";
import type { DnsProblemMessage } from "./channels.ts";
import { createDnsServer } from "./dns-server.ts";
import { type DnsServerOptions, parseOptions } from "./options.ts";

const LOCAL = a("reviews.shop.global", "127.255.0.3");

/** For what ends by nobody answering. */
const QUICK = { forwardTimeout: { totalMs: 2_000, attemptMs: 200 } };

/** For what is answered, and counts how often it was asked: a machine that is busy makes no question come twice. */
const PATIENT = { totalMs: 60_000, attemptMs: 60_000 };

async function forwarding(upstreams: readonly string[], options: Partial<DnsServerOptions> = {}) {
  const clock = { ms: 0 };
  const server = createDnsServer({
    records: LOCAL,
    listen: { port: 0 },
    upstreams,
    forwardTimeout: PATIENT,
    now: () => clock.ms,
    ...options,
  } as DnsServerOptions);
  await server.start();
  const port = server.address!.port;
  return {
    server,
    clock,
    port,
    query: (name: string, type = "A", tcp = false) => queryDns({ port, name, type, tcp, timeoutMs: 60_000 }),
    async ask(name: string, type = "A", tcp = false): Promise<string> {
      const { rcode, answers } = await queryDns({ port, name, type, tcp, timeoutMs: 60_000 });
      return [rcode, ...answers.map(({ value }) => value)].join(" ");
    },
    [Symbol.asyncDispose]: () => server.stop(),
  };
}

describe("forwarding", () => {
  it("dns case 47 other names are asked of the upstream, and its answer is relayed with RA and without AA", async () => {
    await using upstream = await fakeUpstream((query) =>
      response(query, { answers: [address(query, "192.0.2.1")], flags: dnsPacket.AUTHORITATIVE_ANSWER }),
    );
    await using dns = await forwarding([upstream.text]);
    expect(await dns.query("www.example.com")).toMatchObject({
      rcode: "NOERROR",
      authoritative: false,
      recursionAvailable: true,
      answers: [{ name: "www.example.com", type: "A", ttlSeconds: 60, value: "192.0.2.1" }],
    });
    expect(await dns.ask("reviews.shop.global")).toBe("NOERROR 127.255.0.3");
    expect(upstream.asked).toEqual(["www.example.com"]);
  });

  it("dns case 47 what does not match is dropped: another id, another question, a query; then the right one counts", async () => {
    await using upstream = await fakeUpstream((query) => {
      const wrong = (words: Parameters<typeof response>[1]) =>
        response(query, { answers: [address(query, "203.0.113.66")], ...words });
      const asQuery = wrong({});
      asQuery[2]! &= 0x7f;
      return [
        wrong({ id: ((query.id ?? 0) + 1) & 0xffff }),
        wrong({ questions: [{ name: "other.example.com", type: "A" }] }),
        wrong({ questions: [{ name: "www.example.com", type: "AAAA" }] }),
        asQuery,
        wrong({}).subarray(0, 30),
        response(query, { answers: [address(query, "192.0.2.1")] }),
        wrong({}),
      ];
    });
    await using dns = await forwarding([upstream.text]);
    expect(await dns.ask("www.example.com")).toBe("NOERROR 192.0.2.1");
    expect(await dns.ask("www.example.com")).toBe("NOERROR 192.0.2.1");
    expect(dns.server.stats().forwarder?.upstreams[0]?.unmatched).toBeGreaterThanOrEqual(5);
  });

  it("dns case 47 an answer from another socket is never seen", async () => {
    await using liar = await fakeUpstream(() => undefined, "127.0.0.2");
    await using upstream = await fakeUpstream(async (query) => {
      // From another port: the socket is connected, so the system drops it.
      const socket = createSocket("udp4");
      const forged = response(query, { answers: [address(query, "203.0.113.66")] });
      await new Promise<void>((done) =>
        socket.send(forged, upstream.ports.at(-1) ?? 1, "127.0.0.1", () => socket.close(done)),
      );
      return response(query, { answers: [address(query, "192.0.2.1")] });
    });
    await using dns = await forwarding([upstream.text, liar.text]);
    expect(await dns.ask("a.example.com")).toBe("NOERROR 192.0.2.1");
    expect(await dns.ask("b.example.com")).toBe("NOERROR 192.0.2.1");
  });

  it("dns case 47 ids and source ports vary", async () => {
    await using upstream = await fakeUpstream((query) => response(query, { answers: [address(query, "192.0.2.1")] }));
    await using dns = await forwarding([upstream.text]);
    for (let i = 0; i < 60; i++) await dns.ask(`h${i}.example.com`);
    expect(new Set(upstream.ids).size).toBeGreaterThan(50);
    expect(new Set(upstream.ports).size).toBeGreaterThan(8);
  });

  it("dns case 47 identical questions under way are asked once, and every client hears", async () => {
    let open: (() => void) | undefined;
    const gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    await using upstream = await fakeUpstream(async (query) => {
      await gate;
      return response(query, { answers: [address(query, "192.0.2.1")] });
    });
    await using dns = await forwarding([upstream.text]);
    const names = ["www.example.com", "WWW.example.com", "www.EXAMPLE.com"];
    const answers = names.map((name) => dns.query(name));
    while ((dns.server.stats().forwarder?.merged ?? 0) < 2) await new Promise(setImmediate);
    open?.();
    expect(
      (await Promise.all(answers)).map(({ answers: [first] }) => [first?.name.toLowerCase(), first?.value]),
    ).toEqual(names.map(() => ["www.example.com", "192.0.2.1"]));
    expect(upstream.asked).toEqual(["www.example.com"]);
  });

  it("dns case 47 TC leads to TCP, and the whole answer is given", async () => {
    await using upstream = await fakeUpstream((query, transport) =>
      transport === "udp"
        ? response(query, { flags: dnsPacket.TRUNCATED_RESPONSE })
        : response(query, { answers: Array.from({ length: 100 }, (_, i) => address(query, `192.0.2.${i}`)) }),
    );
    await using dns = await forwarding([upstream.text]);
    expect((await dns.query("www.example.com", "A", true)).answers.length).toBe(100);
    const cut = await exchange(dns.port, queryBytes({ name: "www.example.com" }));
    expect([cut.length <= 512, readU16(cut, 2) & 0x0200, readU16(cut, 6)]).toEqual([true, 0x0200, 0]);
    // Too long for UDP: the client comes again over TCP.
    expect((await dns.query("www.example.com")).answers.length).toBe(100);
    expect(upstream.asked.length).toBe(2);
  });

  it.each([
    ["silent", () => undefined],
    ["truncated as well", (query: dnsPacket.Packet) => response(query, { flags: dnsPacket.TRUNCATED_RESPONSE })],
  ] as const)(
    "F-25 an upstream that truncates and is %s over TCP: SERVFAIL, for no part is the whole",
    async (_, overTcp) => {
      await using upstream = await fakeUpstream((query, transport) =>
        transport === "udp" ? response(query, { flags: dnsPacket.TRUNCATED_RESPONSE }) : overTcp(query),
      );
      await using dns = await forwarding([upstream.text], QUICK);
      for (const tcp of [true, false]) {
        const { rcode, truncated } = await dns.query("www.example.com", "A", tcp);
        expect([rcode, truncated]).toEqual(["SERVFAIL", false]);
      }
    },
  );

  it("F-25 an upstream that truncates over TCP as well is asked so once a try, and no longer waited for", async () => {
    let overTcp = 0;
    await using upstream = await fakeUpstream((query, transport) => {
      if (transport === "tcp") overTcp++;
      return response(query, { flags: dnsPacket.TRUNCATED_RESPONSE });
    });
    await using dns = await forwarding([upstream.text]);
    expect(await dns.ask("www.example.com")).toBe("SERVFAIL");
    expect([upstream.asked.length - overTcp, overTcp]).toEqual([2, 2]);
  });

  it("F-25 an upstream whose TCP is silent does not keep the next one from being asked", async () => {
    await using cut = await fakeUpstream((query, transport) =>
      transport === "udp" ? response(query, { flags: dnsPacket.TRUNCATED_RESPONSE }) : undefined,
    );
    await using upstream = await fakeUpstream(
      (query) => response(query, { answers: [address(query, "192.0.2.1")] }),
      "127.0.0.2",
    );
    await using dns = await forwarding([cut.text, upstream.text], {
      forwardTimeout: { totalMs: 30_000, attemptMs: 100 },
    });
    expect(await dns.ask("www.example.com")).toBe("NOERROR 192.0.2.1");
  });

  it.each([
    ["an answer", {}, { rcode: "NOERROR", truncated: false, answers: [{ value: "192.0.2.1" }] }],
    ["none", { flags: dnsPacket.TRUNCATED_RESPONSE }, { rcode: "SERVFAIL", truncated: false, answers: [] }],
  ])(
    "dns case 47 what comes over TCP decides, also where an earlier try is answered by TC meanwhile: %s",
    async (_, more, expected) => {
      const gates = { late: Promise.withResolvers<void>(), tcp: Promise.withResolvers<void>() };
      let tries = 0;
      await using upstream = await fakeUpstream(async (query, transport) => {
        if (query.questions?.[0]?.name === "fence.example.com")
          return response(query, { answers: [address(query, "192.0.2.9")] });
        if (transport === "udp") {
          if (++tries === 1) await gates.late.promise;
          return response(query, { flags: dnsPacket.TRUNCATED_RESPONSE });
        }
        gates.late.resolve();
        await gates.tcp.promise;
        return response(query, { answers: [address(query, "192.0.2.1")], ...more });
      });
      // Much longer than the client waits: the end must not be what decides.
      await using dns = await forwarding([upstream.text], { forwardTimeout: { totalMs: 200_000, attemptMs: 100 } });
      const answer = dns.query("www.example.com", "A", true);
      await gates.late.promise;
      expect(await dns.ask("fence.example.com")).toBe("NOERROR 192.0.2.9");
      gates.tcp.resolve();
      expect(await answer).toMatchObject(expected);
    },
  );

  it("F-25 a dead upstream: the next one answers; all dead: SERVFAIL, while names of the mesh are answered", async () => {
    await using silent = await fakeUpstream(() => undefined);
    await using upstream = await fakeUpstream(
      (query) => response(query, { answers: [address(query, "192.0.2.1")] }),
      "127.0.0.2",
    );
    await using dns = await forwarding([silent.text, upstream.text], QUICK);
    expect(await dns.ask("www.example.com")).toBe("NOERROR 192.0.2.1");
    await upstream.stop();
    const failing = dns.ask("other.example.com");
    expect(await dns.ask("reviews.shop.global")).toBe("NOERROR 127.255.0.3");
    expect(await failing).toBe("SERVFAIL");
    const asked = silent.asked.length;
    expect(await dns.ask("other.example.com")).toBe("SERVFAIL");
    expect(silent.asked.length).toBe(asked);
    dns.clock.ms += 2_001;
    expect(await dns.ask("other.example.com")).toBe("SERVFAIL");
    expect(silent.asked.length).toBeGreaterThan(asked);
  });

  it("dns case 47 SERVFAIL and REFUSED of one server mean the next; of all, the last word is relayed", async () => {
    await using broken = await fakeUpstream((query) => response(query, { rcode: 2 }));
    await using refusing = await fakeUpstream((query) => response(query, { rcode: 5 }), "127.0.0.2");
    await using upstream = await fakeUpstream(
      (query) => response(query, { answers: [address(query, "192.0.2.1")] }),
      "127.0.0.3",
    );
    await using dns = await forwarding([broken.text, refusing.text, upstream.text]);
    expect(await dns.ask("www.example.com")).toBe("NOERROR 192.0.2.1");
    await using alone = await forwarding([refusing.text]);
    expect(await alone.ask("www.example.com")).toBe("REFUSED");
  });

  it("a server that knows no EDNS is asked again without", async () => {
    await using upstream = await fakeUpstream((query) => {
      const edns = query.additionals?.some(({ type }) => type === "OPT") === true;
      return edns ? response(query, { rcode: 1 }) : response(query, { answers: [address(query, "192.0.2.1")] });
    });
    await using dns = await forwarding([upstream.text]);
    expect(await dns.ask("www.example.com")).toBe("NOERROR 192.0.2.1");
  });

  it("dns case 47 answers are kept, their TTLs counted down, and asked again when they are over", async () => {
    await using upstream = await fakeUpstream((query) =>
      response(query, { answers: [address(query, "192.0.2.1", 60)] }),
    );
    await using dns = await forwarding([upstream.text]);
    const ttl = async () => (await dns.query("www.example.com")).answers[0]?.ttlSeconds;
    expect(await ttl()).toBe(60);
    dns.clock.ms += 59_500;
    expect(await ttl()).toBe(1);
    expect(upstream.asked.length).toBe(1);
    dns.clock.ms += 500;
    expect(await ttl()).toBe(60);
    expect(upstream.asked.length).toBe(2);
    expect(dns.server.stats().forwarder).toMatchObject({ cacheHits: 1, cacheMisses: 2, cacheEntries: 1 });
  });

  it("F-25 unless said, a client hears within 4 s that nobody answers, and the next server is asked within 1 s", () => {
    expect(parseOptions({ records: [] })).toMatchObject({ totalMs: 3_800, attemptMs: 800 });
  });

  it("without room for answers each question is asked again", async () => {
    await using upstream = await fakeUpstream((query) =>
      response(query, { answers: [address(query, "192.0.2.1", 60)] }),
    );
    await using dns = await forwarding([upstream.text], { cacheBytes: 0 });
    for (let i = 0; i < 3; i++) expect(await dns.ask("www.example.com")).toBe("NOERROR 192.0.2.1");
    expect(upstream.asked.length).toBe(3);
    expect(dns.server.stats().forwarder).toMatchObject({
      cacheHits: 0,
      cacheMisses: 3,
      cacheEntries: 0,
      cacheBytes: 0,
    });
  });

  it("dns case 47 a TTL of 0 or above 2^31-1 is not kept", async () => {
    let ttl = 0;
    await using upstream = await fakeUpstream((query) =>
      response(query, { answers: [address(query, "192.0.2.1", ttl)] }),
    );
    await using dns = await forwarding([upstream.text]);
    await dns.ask("www.example.com");
    ttl = 0x8000_0000;
    const reply = await exchange(dns.port, queryBytes({ name: "www.example.com" }));
    expect(readU32(reply, reply.length - 10)).toBe(0);
    await dns.ask("www.example.com");
    expect(upstream.asked.length).toBe(3);
  });

  it("dns case 47 the shortest TTL says how long an answer is kept; aliases that lead nowhere are a negative one", async () => {
    let answers: (query: dnsPacket.Packet) => dnsPacket.Answer[] = (query) => [
      address(query, "192.0.2.1", 10),
      address(query, "192.0.2.2", 60),
    ];
    let authorities: dnsPacket.Answer[] = [];
    await using upstream = await fakeUpstream((query) => response(query, { answers: answers(query), authorities }));
    await using dns = await forwarding([upstream.text]);
    const askedAfter = async (seconds: number) => {
      const before = upstream.asked.length;
      await dns.ask("www.example.com");
      dns.clock.ms += seconds * 1000;
      await dns.ask("www.example.com");
      return upstream.asked.length - before;
    };
    expect(await askedAfter(9)).toBe(1);
    dns.clock.ms += 3_600_000;
    expect(await askedAfter(10)).toBe(2);
    dns.clock.ms += 3_600_000;
    answers = () => [{ name: "www.example.com", type: "CNAME", ttl: 600, data: "gone.example.com" }];
    expect(await askedAfter(0)).toBe(2);
    authorities = [soa("example.com", 300, 20)];
    expect(await askedAfter(19)).toBe(1);
    dns.clock.ms += 3_600_000;
    expect(await askedAfter(20)).toBe(2);
  });

  it("dns case 47 DO and CD go on to the upstream, and each has answers of its own", async () => {
    await using upstream = await fakeUpstream((query) => response(query, { answers: [address(query, "192.0.2.1")] }));
    await using dns = await forwarding([upstream.text]);
    const kinds = [
      { edns: {} },
      { edns: { dnssecOk: true } },
      { edns: {}, flags: 0x0110 },
      { edns: { dnssecOk: true }, flags: 0x0110 },
    ];
    for (const kind of [...kinds, ...kinds]) {
      await exchange(dns.port, queryBytes({ name: "www.example.com", ...kind }));
    }
    const asked = upstream.queries.map((query) => {
      const opt = query.additionals?.find(({ type }) => type === "OPT") as dnsPacket.OptAnswer | undefined;
      return [opt?.flag_do, query.flag_cd];
    });
    expect(asked).toEqual([
      [false, false],
      [true, false],
      [false, true],
      [true, true],
    ]);
  });

  it("dns case 16 AD is the upstream's word, told to who asks for it; CD is the client's", async () => {
    let flags = dnsPacket.AUTHENTIC_DATA;
    await using upstream = await fakeUpstream((query) =>
      response(query, { answers: [address(query, "192.0.2.1", 0)], flags }),
    );
    await using dns = await forwarding([upstream.text]);
    const said = async (words: QueryWords) =>
      readU16(await exchange(dns.port, queryBytes({ name: "www.example.com", ...words })), 2) & 0x0030;
    expect(await said({})).toBe(0);
    expect(await said({ flags: 0x0120 })).toBe(0x0020);
    expect(await said({ edns: { dnssecOk: true } })).toBe(0x0020);
    expect(await said({ flags: 0x0130 })).toBe(0x0030);
    // An upstream tells it only to who asks (RFC 6840 sections 5.7 and 5.8).
    expect(upstream.queries.map((query) => query.flag_ad)).toEqual([true, true, true, true]);
    flags = 0;
    expect(await said({ flags: 0x0120 })).toBe(0);
  });

  it("dns case 47 a server that is its own upstream asks nobody", async () => {
    const told: string[] = [];
    const listen = (message: unknown) => told.push((message as DnsProblemMessage).message);
    subscribe("portolan:dns:problem", listen);
    onTestFinished(() => void unsubscribe("portolan:dns:problem", listen));
    await using own = await onFreePort((port) => {
      told.length = 0;
      return forwarding([`127.0.0.1:${port}`], { listen: { port } });
    });
    expect(own.server.stats().forwarder).toBeUndefined();
    expect(await own.ask("www.example.com")).toBe("REFUSED");
    expect(told).toEqual([
      `the upstream 127.0.0.1:${own.port} is this server itself and is not asked: names that are not the mesh's are REFUSED, name another`,
    ]);
  });

  it("dns case 41 what stands behind an upstream's OPT is left out, and the counts say so", async () => {
    await using upstream = await fakeUpstream((query) => {
      const glue = (name: string): dnsPacket.Answer => ({ name, type: "A", ttl: 60, data: "192.0.2.9" });
      const opt = query.additionals?.find(({ type }) => type === "OPT") as dnsPacket.OptAnswer;
      return response(query, {
        answers: [address(query, "192.0.2.1")],
        additionals: [glue("before.example.com"), opt, glue("behind.example.com")],
      });
    });
    await using dns = await forwarding([upstream.text]);
    for (const edns of [undefined, {}]) {
      const words = { name: "www.example.com", ...(edns === undefined ? {} : { edns }) };
      const { additionals = [] } = dnsPacket.decode(Buffer.from(await exchange(dns.port, queryBytes(words))));
      const names = additionals.map(({ type, name }) => (type === "OPT" ? type : name));
      expect(names).toEqual(["before.example.com", ...(edns === undefined ? [] : ["OPT"])]);
    }
  });

  it("dns case 47 negative answers are kept as long as their SOA says, and not without one", async () => {
    let authorities = [soa("example.com", 300, 10)];
    await using upstream = await fakeUpstream((query) =>
      response(query, { rcode: query.questions?.[0]?.name === "no.example.com" ? 3 : 0, authorities }),
    );
    await using dns = await forwarding([upstream.text]);
    for (const name of ["no.example.com", "empty.example.com"]) {
      const start = upstream.asked.length;
      await dns.ask(name);
      dns.clock.ms += 9_000;
      // The next cache keeps it no longer than this one would have.
      expect((await dns.query(name)).authorities.map(({ ttlSeconds }) => ttlSeconds)).toEqual([1]);
      expect(upstream.asked.length).toBe(start + 1);
      dns.clock.ms += 1_000;
      await dns.ask(name);
      expect(upstream.asked.length).toBe(start + 2);
    }
    authorities = [];
    const start = upstream.asked.length;
    for (let i = 0; i < 2; i++) await dns.ask("bare.example.com");
    expect(upstream.asked.length).toBe(start + 2);
  });

  it("an alias of ours that leads to another's name is followed there: one answer", async () => {
    await using upstream = await fakeUpstream((query) =>
      response(query, { answers: [address(query, "192.0.2.1", 5)] }),
    );
    await using dns = await forwarding([upstream.text], {
      records: [{ name: "out.shop.global", type: "CNAME", target: "www.example.com" }],
    });
    expect((await dns.query("out.shop.global")).answers).toEqual([
      { name: "out.shop.global", type: "CNAME", ttlSeconds: 30, value: "www.example.com" },
      { name: "www.example.com", type: "A", ttlSeconds: 5, value: "192.0.2.1" },
    ]);
  });

  it("dns case 47 an upstream that asks us back is found out and asked no more", async () => {
    const mirror = createSocket("udp4");
    await new Promise<void>((resolve) => mirror.bind(0, "127.0.0.1", resolve));
    await using dns = await forwarding([`127.0.0.1:${mirror.address().port}`], QUICK);
    mirror.on("message", (message) => mirror.send(message, dns.port, "127.0.0.1"));
    while (dns.server.stats().forwarder?.upstreams[0]?.loops !== true) await new Promise(setImmediate);
    expect(await dns.ask("www.example.com")).toBe("SERVFAIL");
    expect(await dns.ask("reviews.shop.global")).toBe("NOERROR 127.255.0.3");
    mirror.close();
  });

  it("dns case 47 an upstream that begins to ask us later is found out as well", async () => {
    const mirror = createSocket("udp4");
    await new Promise<void>((resolve) => mirror.bind(0, "127.0.0.1", resolve));
    await using dns = await forwarding([`127.0.0.1:${mirror.address().port}`], {
      forwardTimeout: { totalMs: 400, attemptMs: 50 },
    });
    // What it is asked at the start is not answered, nor sent back.
    await once(mirror, "message");
    mirror.on("message", (message) => mirror.send(message, dns.port, "127.0.0.1"));
    for (let i = 0; dns.server.stats().forwarder?.upstreams[0]?.loops !== true && i < 20; i++)
      expect(await dns.ask(`h${i}.example.com`)).toBe("SERVFAIL");
    expect(dns.server.stats().forwarder?.upstreams[0]?.loops).toBe(true);
    mirror.close();
  });

  it("RD=0 is no wish to be forwarded, and without upstreams nothing is", async () => {
    await using upstream = await fakeUpstream((query) => response(query));
    await using none = await forwarding([]);
    expect(await none.query("www.example.com")).toMatchObject({ rcode: "REFUSED", recursionAvailable: false });
    await using dns = await forwarding([upstream.text]);
    const reply = await exchange(dns.port, queryBytes({ name: "www.example.com", flags: 0 }));
    expect(readU16(reply, 2)).toBe(0x8085);
    expect(upstream.asked).toEqual([]);
  });
});
