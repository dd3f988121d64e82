import { join } from "node:path";
import { createStage, loadMesh, loadPlan, type Stage } from "@portolan/sdk";
import { expect, test } from "vitest";
import { describeWithEnvoy } from "./testing/needs-envoy.ts";
import { portolanCommand } from "./testing/portolan.ts";

const example = join(import.meta.dirname, "..", "examples", "multi-network");

describeWithEnvoy("workload certificates", () => {
  test("are renewed over SDS while Envoy runs, and no call fails", async () => {
    const plan = await loadPlan(example);
    await using stage = await createStage({
      plan,
      mesh: await loadMesh(example),
      self: await portolanCommand(),
      progress: () => undefined,
      ground: "loopback",
      serverFlags: ["--workload-cert-ttl", "8s"],
    });
    const [caller, url] = ["vm-1", "http://httpbin.bar.global:8000/headers"];
    const all = await Promise.all(plan.proxies.map(async ({ name }) => [name, await serialsOf(stage, name)] as const));
    // A gateway that only passes on, and a sidecar without hosts, ask for none.
    const first = new Map(all.filter(([, serials]) => serials.length > 0));
    const proxies = [...first.keys()];
    expect(proxies).toEqual(expect.arrayContaining([caller, "httpbin-1", "httpbin-2", "httpbin-3"]));
    let waiting = proxies;
    let calls = 0;
    // Twice its lifetime and more, so that a certificate that is not renewed has long expired.
    const deadline = performance.now() + 60_000;
    while ((waiting.length > 0 || calls < 100) && performance.now() < deadline) {
      for (const result of await stage.calls(caller, url, 5)) {
        expect(result, `call ${calls}`).toMatchObject({ status: 200 });
        calls++;
      }
      const seen = await Promise.all(proxies.map(async (name) => [name, await serialsOf(stage, name)] as const));
      waiting = seen
        .filter(([name, serials]) => serials.some((serial) => first.get(name)?.includes(serial)))
        .map(([name]) => name);
    }
    expect(waiting, "still with their first certificate").toEqual([]);
    for (const name of proxies) {
      const stats = await stage.stats(name);
      const rejected = [...stats].filter(([stat, count]) => stat.endsWith("update_rejected") && count > 0);
      expect(rejected, name).toEqual([]);
    }
  });
});

/** Serial numbers of the short-lived certificates, which came over SDS; the one for the way to the control plane lies in a file and lasts a day. */
async function serialsOf(stage: Stage, proxy: string): Promise<readonly string[]> {
  const { certificates } = JSON.parse(await stage.admin(proxy, "/certs")) as {
    certificates: { cert_chain?: { serial_number: string; valid_from: string; expiration_time: string }[] }[];
  };
  return certificates.flatMap(({ cert_chain: chain = [] }) =>
    chain
      .filter((certificate) => Date.parse(certificate.expiration_time) - Date.parse(certificate.valid_from) < 600_000)
      .map((certificate) => certificate.serial_number),
  );
}
