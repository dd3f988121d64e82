import { Resolver } from "node:dns/promises";
import { createDnsServer } from "@portolan/dns";
import { describe, expect, it } from "vitest";
import { runOnMachine, whyNoMachine } from "./machine.ts";
import { MANY, NAMES } from "./names.ts";

describe("Node's resolver", () => {
  it("G12 finds addresses, aliases, wildcards, ports, names and texts, and tells no data from no name", async () => {
    await using server = createDnsServer({ records: NAMES, listen: { port: 0 } });
    await server.start();
    const resolver = new Resolver({ timeout: 5_000, tries: 2 });
    resolver.setServers([`127.0.0.1:${server.address!.port}`]);
    expect(await resolver.resolve4("reviews.shop.global", { ttl: true })).toEqual([
      { address: "127.255.0.3", ttl: 30 },
    ]);
    expect(await resolver.resolve6("both.shop.global")).toEqual(["fd00::4"]);
    expect(await resolver.resolve4("alias.shop.global")).toEqual(["127.255.0.3"]);
    expect(await resolver.resolve4("any.books.global")).toEqual(["127.255.0.5"]);
    expect(new Set(await resolver.resolve4("many.shop.global")).size).toBe(MANY);
    expect(await resolver.resolveSrv("_http._tcp.reviews.shop.global")).toMatchObject([
      { name: "reviews.shop.global", port: 8000 },
    ]);
    expect(await resolver.resolveTxt("text.shop.global")).toEqual([["a text"]]);
    expect(await resolver.reverse("127.255.0.3")).toEqual(["reviews.shop.global"]);
    expect(await resolver.resolveSoa("global")).toMatchObject({ nsname: "global", minttl: 30 });
    await expect(resolver.resolve6("reviews.shop.global")).rejects.toMatchObject({ code: "ENODATA" });
    await expect(resolver.resolve4("no.shop.global")).rejects.toMatchObject({ code: "ENOTFOUND" });
    await expect(resolver.resolve4("www.example.com")).rejects.toMatchObject({ code: "EREFUSED" });
  });
});

const reason = whyNoMachine();

describe("glibc's resolver", () => {
  if (reason !== undefined) {
    it(`G12 is not asked here, since this machine gives no network namespace (${reason}): it needs port 53`, () => {
      expect(process.getuid?.(), "root can make one").not.toBe(0);
    });
    return;
  }

  it("G12 getent finds what the mesh has: by its name, over TCP, through the search path, backwards", async () => {
    const getent = (...words: string[]) => ["getent", ...words];
    const [plain, letters, many, both, alias, wildcard, back, missing, elsewhere, node] = await runOnMachine([
      getent("ahostsv4", "reviews.shop.global"),
      getent("hosts", "REVIEWS.Shop.global"),
      getent("ahostsv4", "many.shop.global"),
      getent("ahosts", "both.shop.global"),
      getent("ahostsv4", "alias.shop.global."),
      getent("hosts", "any.books.global"),
      getent("hosts", "127.255.0.3"),
      getent("hosts", "no.shop.global"),
      getent("hosts", "www.example.com"),
      [process.execPath, "-e", "require('dns').lookup('reviews.shop.global', (e, a) => console.log(a))"],
    ]);
    const addresses = (ran: typeof plain) => [...new Set(ran?.out.match(/^\S+/gm))].sort();
    expect(addresses(plain)).toEqual(["127.255.0.3"]);
    // The first search suffix was answered with a CNAME: the name is whole at once (case 32).
    expect(plain?.out).toMatch(/STREAM reviews\.shop\.global$/m);
    expect(addresses(letters)).toEqual(["127.255.0.3"]);
    expect(addresses(many).length).toBe(MANY);
    expect(addresses(both)).toEqual(["127.255.0.4", "fd00::4"]);
    expect(alias?.out).toMatch(/^127\.255\.0\.3\s+STREAM reviews\.shop\.global$/m);
    expect(addresses(wildcard)).toEqual(["127.255.0.5"]);
    expect(back?.out).toMatch(/^127\.255\.0\.3\s+reviews\.shop\.global$/m);
    expect([missing?.code, missing?.out]).toEqual([2, ""]);
    expect([elsewhere?.code, elsewhere?.out]).toEqual([2, ""]);
    expect(node?.out).toBe("127.255.0.3\n");
  });
});
