import { queryDns } from "@portolan/dns";
import { expect, test } from "vitest";
import { parseListenAddress } from "../listen-address.ts";
import { entry } from "../testing/manifests.ts";
import { ask } from "../testing/request.ts";
import { runMain } from "../testing/run-main.ts";
import { temporaryFolder } from "../testing/temporary-folder.ts";
import { createControlPlane } from "./control-plane.ts";

const settings = (portolan: string) => `apiVersion: v1
kind: ConfigMap
metadata: {name: istio, namespace: istio-system}
data:
  mesh: |
    portolan: ${portolan}
`;

async function meshWith(portolan: string, ...names: readonly string[]) {
  const folder = await temporaryFolder();
  const config = [await folder.write("mesh/settings.yaml", settings(portolan))];
  if (names.length > 0) {
    config.push(await folder.write("mesh/entries.yaml", names.map((name) => entry(name)).join("---\n")));
  }
  const mesh = await createControlPlane({ config, data: `${folder.path}/data` });
  const { address, port } = parseListenAddress(mesh.listening.dns ?? "", "test");
  return {
    mesh,
    data: `${folder.path}/data`,
    async query(name: string, type: string): Promise<string> {
      const { rcode, answers } = await queryDns({ server: address, port, name, type });
      return [rcode, ...answers.map(({ value }) => value)].join(" ");
    },
    async ready(): Promise<readonly { code: string; text: string }[]> {
      const answer = await ask(mesh.adminSocket, "/ready");
      return (answer.json() as { problems: { code: string; text: string }[] }).problems;
    },
    async [Symbol.asyncDispose]() {
      await mesh.stop();
      await folder[Symbol.asyncDispose]();
    },
  };
}

test("a pool that is used up is a status: /ready and get name the host, the others are answered", async () => {
  const names = Array.from({ length: 7 }, (_, at) => `svc-${at}`);
  await using scene = await meshWith("{bindPool: 127.255.0.0/29}", ...names);
  const used = (await scene.ready()).filter(({ code }) => code === "PTL1407");
  expect(used).toHaveLength(1);
  const host = names.find((name) => used[0]?.text.includes(`${name}.shop.global has no VIP`));
  expect(used[0]?.text).toContain("all 6 addresses of 127.255.0.0/29");
  expect(host).toBeDefined();
  for (const name of names) {
    const expected = name === host ? "NXDOMAIN" : expect.stringMatching(/^NOERROR 127\.255\.0\.[1-6]$/);
    expect(await scene.query(`${name}.shop.global`, "A")).toEqual(expected);
  }
  const got = await runMain(["get", "serviceentry", host ?? "", "-n", "shop", "--data", scene.data]);
  expect(got.code).toBe(0);
  expect(got.err).toContain(`error: ${used[0]?.text}`);
});

test("0.35 one address of two owners: the second is refused and both are named, in /ready and get too where files say it", async () => {
  await using folder = await temporaryFolder();
  const given = (name: string) => entry(name).replace("  location:", "  addresses: [127.255.7.7]\n  location:");
  const config = [await folder.write("mesh/both.yaml", `${given("books")}---\n${given("reviews")}`)];
  const data = `${folder.path}/data`;
  await using mesh = await createControlPlane({ config, data, dns: undefined });
  const answer = (await ask(mesh.adminSocket, "/ready")).json() as { problems: { code: string; text: string }[] };
  const shared = answer.problems.filter(({ code }) => code === "PTL1101");
  expect(shared).toHaveLength(1);
  expect(shared[0]?.text).toContain(
    "address 127.255.7.7 of ServiceEntry/shop/reviews already belongs to ServiceEntry/shop/books",
  );
  expect((await runMain(["get", "se", "reviews", "-n", "shop", "--data", data])).err).toContain("already belongs to");
  expect((await runMain(["get", "se", "books", "-n", "shop", "--data", data])).err).not.toContain("already belongs to");
});

test("pools side by side: IPv6 VIPs where traffic is captured, IPv4 ones where proxies bind; the index is one", async () => {
  await using capture = await meshWith("{mode: capture, capturePool: 'fd00:240::/112'}", "reviews");
  const index = capture.mesh.snapshot.vips.get("reviews.shop.global" as never) ?? 0;
  const six = await capture.query("reviews.shop.global", "AAAA");
  expect(six).toBe(`NOERROR fd00:240::${index.toString(16)}`);
  expect(await capture.query("reviews.shop.global", "A")).toBe("NOERROR");
  await using bind = await meshWith("{mode: bind, capturePool: 'fd00:240::/112'}", "reviews");
  expect(bind.mesh.snapshot.vips).toEqual(capture.mesh.snapshot.vips);
  expect(await bind.query("reviews.shop.global", "AAAA")).toBe("NOERROR");
  expect(await bind.query("reviews.shop.global", "A")).toBe(`NOERROR 127.255.${index >> 8}.${index & 255}`);
});

test("IPv6 VIPs to bind are refused with the reason, unless the block is named as local", async () => {
  await using refused = await meshWith("{bindPool: 'fd00:15::/112'}", "reviews");
  const [problem] = (await refused.ready()).filter(({ text }) => text.includes("bindPool"));
  expect(problem?.text).toContain("of IPv6 ::1 alone is loopback");
  expect(await refused.query("reviews.shop.global", "A")).toMatch(/^NOERROR 127\.255\./);
  await using local = await meshWith("{bindPool: 'fd00:15::/112', localPrefixes: ['fd00:15::/64']}", "reviews");
  expect((await local.ready()).filter(({ text }) => text.includes("Pool"))).toEqual([]);
  expect(await local.query("reviews.shop.global", "AAAA")).toMatch(/^NOERROR fd00:15::[0-9a-f]+$/);
});
