import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type { Namespace } from "@portolan/model";
import { afterEach, describe, expect, it } from "vitest";
import { queryDns } from "../client.ts";
import { createTestFeed, entry, OWN, service } from "../testing/mesh.ts";
import type { DnsProblemMessage } from "./channels.ts";
import { createDnsServer, type DnsServer } from "./dns-server.ts";
import type { DnsServerOptions } from "./options.ts";
import type { DnsView } from "./zone-source.ts";

const open: DnsServer[] = [];

afterEach(async () => {
  for (const server of open.splice(0)) await server.stop();
});

async function start(options: DnsServerOptions) {
  const server = createDnsServer({ listen: { port: 0 }, ...options });
  open.push(server);
  await server.start();
  const port = server.address!.port;
  const ask = async (name: string, type = "A") => {
    const { rcode, answers } = await queryDns({ port, name, type });
    return [rcode, ...answers.map(({ value }) => value)].join(" ");
  };
  return { server, ask, port };
}

const host = "reviews.shop.global";

describe("a server that follows a mesh", () => {
  it("0.02 0.12 0.37 a query from an unknown client gives the one VIP of a .global host", async () => {
    const { ask } = await start({
      feed: createTestFeed({ upserted: [entry({ hosts: [host] })], vips: { [host]: 3 } }),
    });
    expect(await ask(host)).toBe("NOERROR 127.255.0.3");
    expect(await ask(host, "AAAA")).toBe("NOERROR");
    expect(await ask("3.0.255.127.in-addr.arpa", "PTR")).toBe(`NOERROR ${host}`);
    expect(await ask(`_http._tcp.${host}`, "SRV")).toBe(`NOERROR 0 0 8000 ${host}`);
  });

  it("0.33 a Service without a ServiceEntry has no .global name", async () => {
    const upserted = [service("reviews", { clusterIps: ["10.96.0.7"] })];
    const { ask } = await start({ feed: createTestFeed({ upserted }) });
    expect(await ask("reviews.shop.svc.cluster.local")).toBe("NOERROR 10.96.0.7");
    expect(await ask(host)).toBe("NXDOMAIN");
  });

  it("dns case 33 ExternalNames that lead in a circle have no name, which is told once until they are in order", async () => {
    const told: string[] = [];
    const listen = (message: unknown) => {
      const { what, message: text } = message as DnsProblemMessage;
      if (what === "name") told.push(text);
    };
    subscribe("portolan:dns:problem", listen);
    try {
      const alias = (name: string, to: string) => service(name, { externalName: `${to}.shop.svc.cluster.local` });
      const feed = createTestFeed({ upserted: [alias("a", "b"), alias("b", "a")] });
      const { ask } = await start({ feed });
      expect(await ask("a.shop.svc.cluster.local")).toBe("NXDOMAIN");
      expect(told.map((text) => text.split(" ")[0]).sort()).toEqual([
        "a.shop.svc.cluster.local",
        "b.shop.svc.cluster.local",
      ]);
      expect(told[0]).toContain("leads in a circle of CNAMEs and is left out");
      feed.publish({ upserted: [service("other", { clusterIps: ["10.96.0.7"] })] });
      expect(told.length).toBe(2);
      feed.publish({ upserted: [alias("a", "other")] });
      expect(await ask("b.shop.svc.cluster.local")).toMatch(/^NOERROR .* 10\.96\.0\.7$/);
      feed.publish({ upserted: [alias("a", "b")] });
      expect(told.length).toBe(4);
      const pair = (_: unknown, i: number) => [alias(`x${i}`, `y${i}`), alias(`y${i}`, `x${i}`)];
      feed.publish({ upserted: Array.from({ length: 7 }, pair).flat() });
      expect(told.slice(4).length).toBe(11);
      expect(told.at(-1)).toBe("4 names more are left out");
    } finally {
      unsubscribe("portolan:dns:problem", listen);
    }
  });

  it("dns case 48 before the first snapshot: SERVFAIL; then the first query after each publication sees it", async () => {
    const feed = createTestFeed();
    const { ask, server } = await start({ feed });
    expect(await ask(host)).toBe("SERVFAIL");
    feed.publish({ upserted: [entry({ hosts: [host] })], vips: { [host]: 3 } });
    expect(await ask(host)).toBe("NOERROR 127.255.0.3");
    feed.publish({ vips: { [host]: 4 } });
    expect(await ask(host)).toBe("NOERROR 127.255.0.4");
    expect(await ask("3.0.255.127.in-addr.arpa", "PTR")).toBe("NXDOMAIN");
    feed.publish({ removed: [entry({ hosts: [host] })], vips: { [host]: undefined } });
    expect(await ask(host)).toBe("NXDOMAIN");
    expect(server.stats().zone.serial).toBe(3);
  });

  it("a change compiles the names that it touches, and no others", async () => {
    const feed = createTestFeed({
      upserted: [entry({ hosts: [host] }), entry({ name: "pay", hosts: ["pay.shop.global"] })],
      vips: { [host]: 3, "pay.shop.global": 4 },
    });
    const { server, ask } = await start({ feed });
    const before = server.stats().zone;
    const swaps: unknown[] = [];
    const listener = (message: unknown) => swaps.push(message);
    subscribe("portolan:dns:swap", listener);
    feed.publish({ upserted: [entry({ hosts: [host, "new.shop.global"] })], vips: { "new.shop.global": 5 } });
    expect(await ask("new.shop.global")).toBe("NOERROR 127.255.0.5");
    // The host itself, its port's two names, and its reverse name.
    expect(server.stats().zone.names - before.names).toBe(4);
    feed.publish({});
    unsubscribe("portolan:dns:swap", listener);
    expect(server.stats().zone.swaps).toBe(before.swaps + 1);
    expect(swaps).toEqual([{ serial: 2, names: before.names + 4 }]);
  });

  it("hosts of one entry may share an address: its reverse name keeps those that stay", async () => {
    const both = { hosts: ["a.shop.global", "b.shop.global"], addresses: ["127.255.1.1"] };
    const feed = createTestFeed({ upserted: [entry(both)] });
    const { ask } = await start({ feed });
    const reverse = "1.1.255.127.in-addr.arpa";
    expect((await ask(reverse, "PTR")).split(" ").sort().join(" ")).toBe("NOERROR a.shop.global b.shop.global");
    feed.publish({ upserted: [entry({ ...both, hosts: ["b.shop.global"] })] });
    expect(await ask(reverse, "PTR")).toBe("NOERROR b.shop.global");
  });

  it("a proxy sees what is exported to its namespace, with the addresses of its mode", async () => {
    const feed = createTestFeed({
      upserted: [entry({ hosts: [host], exportTo: OWN }), service("pay", { clusterIps: ["10.96.0.9"] })],
      vips: { [host]: 3, "pay.shop.svc.cluster.local": 4 },
    });
    let view: DnsView | undefined;
    const { ask, server } = await start({ feed, viewOf: () => view });
    const seen = async () => [await ask(host), await ask("pay.shop.svc.cluster.local")];
    expect(await seen()).toEqual(["NXDOMAIN", "NOERROR 10.96.0.9"]);
    view = { namespace: "shop" as Namespace, labels: new Map(), mode: "bind" };
    expect(await seen()).toEqual(["NOERROR 127.255.0.3", "NOERROR 127.255.0.4"]);
    view = { namespace: "shop" as Namespace, labels: new Map(), mode: "capture" };
    expect(await seen()).toEqual(["NOERROR 240.240.0.3", "NOERROR 10.96.0.9"]);
    view = { namespace: "other" as Namespace, labels: new Map(), mode: "bind" };
    expect(await seen()).toEqual(["NXDOMAIN", "NOERROR 127.255.0.4"]);
    feed.publish({ upserted: [entry({ hosts: [host] })] });
    expect(await seen()).toEqual(["NOERROR 127.255.0.3", "NOERROR 127.255.0.4"]);
    view = { namespace: "shop" as Namespace, labels: new Map(), mode: "capture" };
    expect(await seen()).toEqual(["NOERROR 240.240.0.3", "NOERROR 10.96.0.9"]);
    expect(server.stats().zone.views).toBeGreaterThan(2);
  });

  it("many hosts at once are compiled in slices: until then the old zone answers, and then all of them", async () => {
    const hosts = Array.from({ length: 1_000 }, (_, i) => `h${i}.shop.global`);
    const vips = Object.fromEntries(hosts.map((name, i) => [name, i + 1]));
    const feed = createTestFeed({ upserted: [entry({ hosts: [host] })], vips: { [host]: 60_000 } });
    const { ask, server } = await start({ feed });
    feed.publish({ upserted: [entry({ name: "many", hosts })], vips });
    feed.publish({
      upserted: [entry({ name: "late", hosts: ["late.shop.global"] })],
      vips: { "late.shop.global": 60_001 },
    });
    while (server.stats().zone.serial !== feed.snapshot.revision) await new Promise(setImmediate);
    expect(await ask("h0.shop.global")).toBe("NOERROR 127.255.0.1");
    expect(await ask("h999.shop.global")).toBe("NOERROR 127.255.3.232");
    expect(await ask("late.shop.global")).toBe("NOERROR 127.255.234.97");
    expect(await ask(host)).toBe("NOERROR 127.255.234.96");
  });

  it("queries of a view whose zone is not compiled yet wait for it", async () => {
    const hosts = Array.from({ length: 1_000 }, (_, i) => `h${i}.shop.global`);
    const feed = createTestFeed({
      upserted: [entry({ hosts })],
      vips: Object.fromEntries(hosts.map((name, i) => [name, i + 1])),
    });
    const { ask } = await start({
      feed,
      viewOf: () => ({ namespace: "shop" as Namespace, labels: new Map(), mode: "bind" }),
    });
    const answers = await Promise.all(hosts.slice(0, 20).map((name) => ask(name)));
    expect(answers).toEqual(hosts.slice(0, 20).map((_, i) => `NOERROR 127.255.0.${i + 1}`));
  });
});
