import { join } from "node:path";
import { queryDns } from "@portolan/dns";
import { expect, test } from "vitest";
import { SdkError } from "../error.ts";
import { parseListenAddress } from "../listen-address.ts";
import { entry } from "../testing/manifests.ts";
import { ask } from "../testing/request.ts";
import { temporaryFolder } from "../testing/temporary-folder.ts";
import { createControlPlane } from "./control-plane.ts";

const place = (text: string) => parseListenAddress(text, "test");

async function addressOf(at: string, name: string): Promise<string | undefined> {
  const { address, port } = place(at);
  return (await queryDns({ server: address, port, name })).answers[0]?.value;
}

test("DNS on several addresses with workers: the first query after a write sees it, and the metrics count all", async () => {
  await using folder = await temporaryFolder();
  await folder.write("mesh/reviews.yaml", entry("reviews"));
  await using mesh = await createControlPlane({
    config: [join(folder.path, "mesh")],
    dns: [place("127.0.0.1:0"), place("[::1]:0")],
    dnsWorkers: 2,
  });
  const { dns, dnsAddresses = [], admin = "" } = mesh.listening;
  expect(dnsAddresses).toEqual([dns, expect.stringMatching(/^\[::1\]:\d+$/)]);
  for (const at of dnsAddresses) expect(await addressOf(at, "reviews.shop.global")).toMatch(/^127\.255\./);
  for (const name of ["ratings", "details", "books"]) {
    await mesh.registry.write({ apply: [{ text: entry(name) }] });
    for (const at of dnsAddresses) expect(await addressOf(at, `${name}.shop.global`)).toMatch(/^127\.255\./);
  }
  const { text } = await ask(admin, "/metrics", { headers: { host: "localhost" } });
  expect(text).toContain(`coredns_dns_requests_total{server="dns://${dns}",zone=".",view="",proto="udp",type="A"} 8\n`);
  expect(text).toContain(`coredns_dns_responses_total{server="dns://${dns}",zone=".",view="",rcode="NOERROR"} 8\n`);
});

test("of several addresses, the one that cannot be had is named with its holder's flag", async () => {
  await using first = await createControlPlane({ dns: place("127.0.0.1:0") });
  const taken = first.listening.dns ?? "";
  for (const dnsWorkers of [0, 1]) {
    const refused = createControlPlane({ dns: [place("127.0.0.2:0"), place(taken)], dnsWorkers });
    const error = await refused.then(
      (started) => started.stop(),
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(SdkError);
    expect(error).toMatchObject({ code: "port-in-use" });
    expect(String(error)).toContain(`--dns ${taken} is in use`);
  }
});
