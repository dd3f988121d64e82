import { cp, rename } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { queryDns } from "./testing/dns-query.ts";
import { istioObject, yamlOf } from "./testing/objects.ts";
import { portolanCommand, run } from "./testing/portolan.ts";
import { type Server, startServer } from "./testing/server.ts";
import { type TemporaryFolder, temporaryFolder } from "./testing/temporary-folder.ts";
import { until } from "./testing/until.ts";

const HOST = "httpbin.bar.global";
const pool = /^127\.255\.(?!0\.0$|255\.255$)\d+\.\d+$/;

async function addressOf(server: Server, host: string): Promise<string> {
  const { rcode, addresses } = await queryDns(server.ports.dns ?? "", host);
  expect([rcode, addresses.length], host).toEqual(["NOERROR", 1]);
  return addresses[0]!;
}

/** ServiceEntries without addresses: theirs are allocated. */
function entries(names: readonly string[]): string {
  return yamlOf(
    names.map((name) =>
      istioObject("ServiceEntry", name, "shop", {
        hosts: [`${name}.shop.global`],
        location: "MESH_INTERNAL",
        resolution: "STATIC",
        ports: [{ name: "http", number: 8000, protocol: "HTTP" }],
        endpoints: [{ address: "127.3.4.5" }],
      }),
    ),
  );
}

const names = Array.from({ length: 40 }, (_, index) => `entry-${index}`);

describe("start", () => {
  let folder: TemporaryFolder;
  let server: Server;

  beforeAll(async () => {
    folder = await temporaryFolder();
    server = await startServer({ data: join(folder.path, "data"), cwd: folder.path });
  });
  afterAll(async () => {
    await server?.[Symbol.asyncDispose]();
    await folder?.[Symbol.asyncDispose]();
  });

  test("0.12 0.36 the example's host has one VIP of 127.255.0.0/16, over UDP and TCP", async () => {
    for (const transport of ["udp", "tcp"] as const) {
      const { rcode, addresses } = await queryDns(server.ports.dns ?? "", HOST, transport);
      expect([rcode, addresses]).toEqual(["NOERROR", ["127.255.0.3"]]);
    }
  });

  test("0.33 a host that nothing declares has no address", async () => {
    const { rcode, addresses } = await queryDns(server.ports.dns ?? "", "sleep.foo.global");
    expect([rcode, addresses]).toEqual(["NXDOMAIN", []]);
  });

  test("every command that it prints works", async () => {
    const printed = await until("commands to try are printed", () => {
      const lines = server.out().split("\n");
      const commands = lines.filter((line) => line.startsWith("  $ ")).map((line) => line.slice(4));
      return commands.some((line) => line.includes("demo")) && commands;
    });
    expect(printed.length).toBeGreaterThanOrEqual(6);
    // The demonstration has tests of its own.
    const commands = printed.filter((line) => !/ demo( |$)/.test(line));
    expect(commands.length).toBe(printed.length - 1);
    const self = (await portolanCommand()).join(" ");
    for (const line of commands) {
      const command = line.replace(/^npx --yes pnpm@12 -s portolan /, `${self} `);
      expect(command.startsWith(self) || command.startsWith("curl "), line).toBe(true);
      const { code, out, err } = await run(["sh", "-c", command], { cwd: folder.path });
      expect(code, `${line}\n${err}`).toBe(0);
      expect(out.trim(), line).not.toBe("");
    }
    // One of them letter by letter, through the package manager.
    const verbatim = await run(["sh", "-c", commands[0]!], { cwd: join(import.meta.dirname, "..") });
    expect([verbatim.code, verbatim.out], verbatim.err).toEqual([0, expect.stringContaining("127.255.0.3")]);
  });

  test("what it prints says where each thing is served", () => {
    const { xds, xdsPlaintext, dns, admin } = server.ports;
    for (const place of [xds, xdsPlaintext, dns, admin]) expect(server.out()).toContain(place);
  });
});

describe("VIPs", () => {
  test("0.37 allocated VIPs survive restarts, kill -9 and the coming and going of others, and do not depend on the order of files", async () => {
    await using folder = await temporaryFolder();
    const example = join(folder.path, "data", "example");
    const config = join(folder.path, "mesh");
    const data = join(folder.path, "data");
    const vips = async (of: Server) => Promise.all(names.map((name) => addressOf(of, `${name}.shop.global`)));

    // The example's own files, as `start` unpacks them, and entries of ours.
    {
      await using started = await startServer({ data });
      await addressOf(started, HOST);
    }
    await cp(example, config, { recursive: true });
    await folder.write("mesh/entries-a.yaml", entries(names.slice(0, 20)));
    await folder.write("mesh/entries-b.yaml", entries(names.slice(20)));
    const own = join(folder.path, "own");

    let first: readonly string[];
    {
      await using server = await startServer({ data: own, config: [config] });
      first = await vips(server);
      expect(new Set(first).size).toBe(names.length);
      for (const vip of first) expect(vip).toMatch(pool);
      expect(first).not.toContain("127.255.0.3");
      await server.stop("SIGKILL");
    }
    {
      await using server = await startServer({ data: own, config: [config] });
      expect(await vips(server), "after kill -9").toEqual(first);
      // Others come, by file and by API, and go.
      await folder.write("mesh/others.yaml", entries(Array.from({ length: 50 }, (_, index) => `other-${index}`)));
      await until("the others are there", async () => (await addressOf(server, "other-49.shop.global")) !== "");
      await server.output(["apply", "-f", "-"], { stdin: entries(["by-api"]) });
      expect(await vips(server), "with others").toEqual(first);
      await folder.write("mesh/others.yaml", "");
      await server.output(["delete", "-f", "-"], { stdin: entries(["by-api"]) });
      await until("the others are gone", async () => {
        const { rcode } = await queryDns(server.ports.dns ?? "", "other-49.shop.global");
        return rcode === "NXDOMAIN";
      });
      expect(await vips(server), "without others").toEqual(first);
    }
    // The files in another order, on a server that knows nothing.
    await rename(join(config, "entries-a.yaml"), join(config, "zzz.yaml"));
    await rename(join(config, "entries-b.yaml"), join(config, "aaa.yaml"));
    await using second = await startServer({ data: join(folder.path, "empty"), config: [config] });
    expect(await vips(second), "on a second server").toEqual(first);
    expect(await addressOf(second, HOST)).toBe("127.255.0.3");
  });
});
