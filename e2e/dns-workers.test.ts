import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { queryDns } from "./testing/dns-query.ts";
import { startServer } from "./testing/server.ts";
import { temporaryFolder } from "./testing/temporary-folder.ts";

const entry = (name: string) => `apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: ${name}, namespace: shop}
spec:
  hosts: [${name}.shop.global]
  location: MESH_INTERNAL
  resolution: STATIC
  ports: [{name: http, number: 8000, protocol: HTTP}]
  endpoints: [{address: 127.9.9.9}]
`;

/** Threads of the server that answer DNS, by their name. */
function dnsThreads(pid: number): number {
  const names = readdirSync(`/proc/${pid}/task`).map((thread) =>
    readFileSync(`/proc/${pid}/task/${thread}/comm`, "utf8"),
  );
  return names.filter((name) => name === "portolan-dns\n").length;
}

test("one thread answers DNS unless said, so that the main thread holds up no answer; none where there is none", async () => {
  await using folder = await temporaryFolder();
  for (const [flags, threads] of [
    [[], 1],
    [["--dns-workers", "0"], 0],
    [["--dns", "off"], 0],
  ] as const) {
    await using server = await startServer({ data: join(folder.path, flags.join("-")), flags });
    expect(dnsThreads(server.pid)).toBe(threads);
  }
});

test("the packed program answers DNS from worker threads, and what was applied is answered at once", async () => {
  await using folder = await temporaryFolder();
  await folder.write("mesh/reviews.yaml", entry("reviews"));
  const flags = ["--dns-workers", "2", "--dns", "[::1]:0"];
  await using server = await startServer({
    data: join(folder.path, "data"),
    config: [join(folder.path, "mesh")],
    flags,
  });
  const dns = server.ports.dns ?? "";
  for (const name of ["ratings", "details", "books"]) {
    await folder.write("new.yaml", entry(name));
    await server.output(["apply", "-f", join(folder.path, "new.yaml")]);
    const asked = Array.from({ length: 12 }, () => queryDns(dns, `${name}.shop.global`));
    for (const { rcode, addresses } of await Promise.all(asked)) {
      expect([rcode, addresses]).toEqual(["NOERROR", [expect.stringMatching(/^127\.255\./)]]);
    }
  }
  expect((await server.get("/metrics")).text).toMatch(/coredns_dns_requests_total\{[^}]*proto="udp"[^}]*\} 36\n/);
  // A machine whose nameserver is nobody: nothing leaves this one.
  await folder.write("root/etc/resolv.conf", "nameserver 127.77.7.7\n");
  const { code, out, err } = await server.portolan([
    "dns",
    "doctor",
    "--root",
    join(folder.path, "root"),
    "-o",
    "json",
  ]);
  expect([code, err]).toEqual([1, "the chain is broken at: nameserver 127.77.7.7\n"]);
  const steps: { name: string; status: string }[] = JSON.parse(out);
  expect(steps.filter(({ name }) => /^(server|name) /.test(name)).map(({ status }) => status)).toEqual([
    "ok",
    "ok",
    "ok",
  ]);
});
