import type { DiagnosisStep } from "@portolan/agent";
import { createDnsServer, type DnsServer, queryDns } from "@portolan/dns";
import type { Cidr, IpAddress } from "@portolan/model";
import { Command } from "commander";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { addDnsDoctorCommand } from "../cli/commands/dns-doctor.ts";
import type { Invocation } from "../cli/invocation.ts";
import { SdkError } from "../error.ts";
import { recordedTerminal } from "../testing/recorded-terminal.ts";
import { type TemporaryFolder, temporaryFolder } from "../testing/temporary-folder.ts";
import { addressesIn } from "./check-hosts.ts";
import { diagnoseDns } from "./diagnose.ts";
import type { DnsMachine } from "./machine.ts";

const name = "reviews.shop.global";
const vip = "127.255.0.3";
const servers: DnsServer[] = [];
let folder: TemporaryFolder;

beforeEach(async () => {
  folder = await temporaryFolder();
});

afterEach(async () => {
  for (const server of servers.splice(0)) await server.stop();
  await folder[Symbol.asyncDispose]();
});

async function serve(
  records: Parameters<typeof createDnsServer>[0]["records"],
  upstreams: string[] = [],
  suffixes = ["global"],
) {
  const server = createDnsServer({ records: records ?? [], upstreams, suffixes, search: [], listen: { port: 0 } });
  servers.push(server);
  await server.start();
  return server.address ?? { address: "127.0.0.1" as IpAddress, port: 0 };
}

const mesh = () => serve([{ name, type: "A", address: vip }]);

/** A resolver of a machine, which asks `upstream` for what it does not know itself. */
const resolver = (upstream: number, records: Parameters<typeof serve>[0] = []) =>
  serve(records, [`127.0.0.1:${upstream}`], ["elsewhere"]);

interface Scene {
  readonly own: { readonly address: IpAddress; readonly port: number };
  /** Which of our servers stands for a nameserver's port 53. */
  readonly nameservers?: Readonly<Record<string, number>>;
  readonly resolvConf?: string;
  readonly hosts?: string;
  readonly nsswitch?: string;
  readonly dnsmasq?: string;
  readonly resolved?: string;
}

/** A machine whose files lie in a folder, and whose nameservers are servers of this test: nothing leaves loopback. */
async function machineOf(scene: Scene): Promise<DnsMachine> {
  const path = (file: string) => `${folder.path}/${file}`;
  const lay = async (file: string, text: string | undefined) =>
    void (text === undefined || (await folder.write(file, text)));
  await lay("resolv.conf", scene.resolvConf ?? "nameserver 127.0.0.9\n");
  await lay("hosts", scene.hosts ?? "127.0.0.1 localhost\n");
  await lay("nsswitch.conf", scene.nsswitch ?? "passwd: files\nhosts: files dns # as ever\n");
  await lay("dnsmasq.d/mesh.conf", scene.dnsmasq);
  await lay("resolved.conf.d/mesh.conf", scene.resolved);
  const ask: DnsMachine["ask"] = async ({ server = "", port = 53, ...query }) => {
    const real = port === 53 ? scene.nameservers?.[server] : port;
    if (real === undefined) throw new Error(`${server}:${port} did not answer`);
    return queryDns({ ...query, server: "127.0.0.1", port: real, timeoutMs: 2_000 });
  };
  return {
    files: {
      resolvConf: path("resolv.conf"),
      hosts: path("hosts"),
      nsswitch: path("nsswitch.conf"),
      dnsmasq: [path("dnsmasq.conf"), path("dnsmasq.d")],
      systemdResolved: [path("resolved.conf.d")],
    },
    ask,
    lookUp: async (host) => {
      const listed = addressesIn(scene.hosts ?? "", host);
      if (listed.length > 0) return listed;
      const [first = ""] = Object.keys(scene.nameservers ?? {});
      const answer = await ask({ server: first, port: 53, name: host }).catch(() => undefined);
      return answer?.answers.map(({ value }) => value) ?? [];
    },
  };
}

async function collect(steps: AsyncIterable<DiagnosisStep>): Promise<readonly DiagnosisStep[]> {
  const found: DiagnosisStep[] = [];
  for await (const step of steps) found.push(step);
  return found;
}

async function diagnose(scene: Scene, asked = name) {
  const machine = await machineOf(scene);
  const chained = { server: scene.own, suffixes: ["global"], pools: ["127.255.0.0/16" as Cidr] };
  const steps = await collect(diagnoseDns({ chained, name: asked, machine }));
  const broken = steps.filter(({ status }) => status === "failed");
  return { steps, broken, first: broken[0] };
}

describe("dns doctor", () => {
  test("a whole chain passes every step, over a resolver that forwards", async () => {
    const own = await mesh();
    const { port } = await resolver(own.port);
    const { steps, broken } = await diagnose({ own, nameservers: { "127.0.0.9": port } });
    expect(broken).toEqual([]);
    expect(steps.map(({ name: step, status }) => `${step} ${status}`)).toEqual([
      "server UDP ok",
      "server TCP ok",
      `name ${name} ok`,
      "nsswitch ok",
      "hosts file ok",
      "resolv.conf ok",
      "systemd-resolved skipped",
      "dnsmasq skipped",
      "nameserver 127.0.0.9 ok",
      "search path ok",
      "system resolver ok",
    ]);
    expect(steps.at(-1)?.detail).toBe(`programs find ${name} at ${vip}`);
  });

  test("without a name a suffix is followed", async () => {
    const own = await mesh();
    const { port } = await resolver(own.port);
    const machine = await machineOf({ own, nameservers: { "127.0.0.9": port } });
    const chained = { server: own, suffixes: ["global"], pools: [] };
    const followed = await collect(diagnoseDns({ chained, name: undefined, machine }));
    expect(followed.map(({ status }) => status)).not.toContain("failed");
    expect(followed.at(-1)).toMatchObject({ name: "nameserver 127.0.0.9", detail: "global: it knows the suffix" });
  });

  test("no server: it is named, with what starts it, and later links are not blamed for the name", async () => {
    const own = await mesh();
    await servers.splice(0)[0]?.stop();
    const { first, steps } = await diagnose({ own, nameservers: {} });
    expect(first).toMatchObject({ name: "server UDP", remedy: expect.stringContaining("portolan serve --dns") });
    expect(steps.find((step) => step.name.startsWith("nameserver"))?.status).toBe("skipped");
  });

  test("a name that the mesh does not have is the server's, not the chain's", async () => {
    const own = await mesh();
    const { first } = await diagnose({ own, nameservers: { "127.0.0.9": own.port } }, "other.shop.global");
    expect(first).toMatchObject({ name: "name other.shop.global", detail: expect.stringContaining("NXDOMAIN") });
    expect(first?.remedy).toContain("ServiceEntry");
  });

  test("a nameserver that does not ask us is named, with what to give it", async () => {
    const own = await mesh();
    const elsewhere = await serve([], [], ["elsewhere"]);
    const { first } = await diagnose({ own, nameservers: { "127.0.0.9": elsewhere.port } });
    expect(first).toMatchObject({ name: "nameserver 127.0.0.9" });
    expect(first?.detail).toBe(`${name}: REFUSED, in the place of ${vip}`);
    expect(first?.remedy).toContain("portolan dns snippet");
  });

  test("a nameserver that is dead; one that is our address without its port", async () => {
    const own = await mesh();
    expect((await diagnose({ own })).first?.detail).toBe("127.0.0.9:53 did not answer");
    const { first } = await diagnose({ own, resolvConf: "nameserver 127.0.0.1\n" });
    expect(first?.remedy).toContain(`our server there listens on port ${own.port}, and resolv.conf knows no ports`);
  });

  test("a nameserver that strips loopback addresses", async () => {
    const own = await mesh();
    const stripping = await serve([{ name, type: "TXT", texts: ["nothing else"] }]);
    const { first } = await diagnose({ own, nameservers: { "127.0.0.9": stripping.port } });
    expect(first?.detail).toBe(`it strips ${vip} from the answer for ${name}`);
    expect(first?.remedy).toContain("rebind-domain-ok");
  });

  test("no nameserver at all", async () => {
    const own = await mesh();
    expect((await diagnose({ own, resolvConf: "search example.com\n" })).first).toMatchObject({ name: "resolv.conf" });
  });

  test("systemd-resolved: the stub is told, and its files must route the suffix to us", async () => {
    const own = await mesh();
    const { port } = await resolver(own.port);
    const scene = { own, resolvConf: "nameserver 127.0.0.53\noptions edns0\n", nameservers: { "127.0.0.53": port } };
    const bare = await diagnose(scene);
    expect(bare.first).toMatchObject({
      name: "systemd-resolved",
      detail: expect.stringContaining(`names 127.0.0.1:${own.port}`),
    });
    expect(bare.first?.remedy).toContain("portolan dns snippet systemd-resolved");
    const unrouted = await diagnose({
      ...scene,
      resolved: `[Resolve]\nDNS=127.0.0.1:${own.port}\nDomains=~elsewhere\n`,
    });
    expect(unrouted.first?.detail).toContain("routes global there");
    const good = await diagnose({ ...scene, resolved: `[Resolve]\nDNS=127.0.0.1:${own.port}\nDomains=~global\n` });
    expect(good.broken).toEqual([]);
    expect(good.steps.find((step) => step.name === "systemd-resolved")?.status).toBe("ok");
  });

  test("dnsmasq: the suffix must be sent to us, and stop-dns-rebind must let 127.0.0.0/8 through", async () => {
    const own = await mesh();
    const { port } = await resolver(own.port);
    const scene = { own, resolvConf: "nameserver 127.0.0.1\n", nameservers: { "127.0.0.1": port } };
    const bare = await diagnose({ ...scene, dnsmasq: "# server=/global/127.0.0.1\nno-resolv\n" });
    expect(bare.first).toMatchObject({ name: "dnsmasq", detail: "no server=/SUFFIX/ line for global" });
    const line = `server=/global/127.0.0.1#${own.port}\n`;
    const strips = await diagnose({ ...scene, dnsmasq: `${line}stop-dns-rebind\n` });
    expect(strips.first).toMatchObject({
      name: "dnsmasq",
      remedy: "add rebind-domain-ok=/global/ and restart dnsmasq",
    });
    expect(strips.first?.detail).toContain(`stop-dns-rebind strips ${vip}`);
    for (const more of ["rebind-domain-ok=/global/", "rebind-domain-ok=global", "rebind-localhost-ok"]) {
      expect((await diagnose({ ...scene, dnsmasq: `${line}stop-dns-rebind\n${more}\n` })).broken, more).toEqual([]);
    }
  });

  test.each([
    [
      "a port that nobody has",
      "server=/global/127.0.0.1#9",
      /^server=\/global\/127\.0\.0\.1#9 leads elsewhere \(.*\): the server is/,
    ],
    ["dnsmasq itself", "local=/global/", /^server=\/global\/ sends global nowhere, and not to 127\.0\.0\.1#\d+$/],
    ["its usual servers", "server=/global/#", /sends global to its usual servers/],
    [
      "somebody for a shorter domain",
      "server=/global/127.0.0.1#9@lo\nserver=/other.global/127.0.0.1#OWN",
      /127\.0\.0\.1#9 /,
    ],
  ])("dnsmasq that sends the suffix to %s", async (_, lines, detail) => {
    const own = await mesh();
    const { port } = await resolver(9);
    const scene = { own, resolvConf: "nameserver 127.0.0.1\n", nameservers: { "127.0.0.1": port } };
    const { first } = await diagnose({ ...scene, dnsmasq: lines.replace("OWN", String(own.port)) });
    expect([first?.name, first?.detail]).toEqual(["dnsmasq", expect.stringMatching(detail)]);
    expect(first?.remedy).toContain("portolan dns snippet dnsmasq");
  });

  test("dnsmasq may reach the server over another that says the same, or name it among several", async () => {
    const own = await mesh();
    const { port } = await resolver(own.port);
    const scene = { own, resolvConf: "nameserver 127.0.0.1\n", nameservers: { "127.0.0.1": port } };
    const over = await diagnose({ ...scene, dnsmasq: `server=/global/127.0.0.1#${port}\n` });
    expect(over.broken).toEqual([]);
    const several = `server=/global/127.0.0.1#${own.port}\nserver=/global/127.0.0.1#9\n`;
    expect((await diagnose({ ...scene, dnsmasq: several })).broken).toEqual([]);
  });

  test("a VIP of 240.240.0.0/16 is not stripped by stop-dns-rebind", async () => {
    const own = await serve([{ name, type: "A", address: "240.240.0.3" }]);
    const { port } = await resolver(own.port);
    const dnsmasq = `server=/global/127.0.0.1#${own.port}\nstop-dns-rebind\n`;
    const nameservers = { "127.0.0.1": port };
    expect((await diagnose({ own, dnsmasq, nameservers, resolvConf: "nameserver 127.0.0.1\n" })).broken).toEqual([]);
  });

  test("a line of the hosts file goes before DNS: an old one is named, the same is none", async () => {
    const own = await mesh();
    const { port } = await resolver(own.port);
    const nameservers = { "127.0.0.9": port };
    const old = await diagnose({
      own,
      nameservers,
      hosts: `127.255.0.9 other.shop.global Reviews.Shop.Global # old\n`,
    });
    expect(old.broken.map((step) => step.name)).toEqual(["hosts file", "system resolver"]);
    expect(old.first?.detail).toContain(`says 127.255.0.9 for ${name}`);
    expect((await diagnose({ own, nameservers, hosts: `${vip} ${name}\n` })).broken).toEqual([]);
  });

  test("nsswitch without DNS", async () => {
    const own = await mesh();
    const { port } = await resolver(own.port);
    const nameservers = { "127.0.0.9": port };
    const { broken } = await diagnose({ own, nameservers, nsswitch: "hosts: files [NOTFOUND=return] mymachines\n" });
    expect(broken[0]).toMatchObject({ name: "nsswitch", detail: expect.stringContaining('"hosts: files mymachines"') });
  });

  test("a wildcard below a search suffix answers first where ndots says so", async () => {
    const own = await mesh();
    const { port } = await resolver(own.port, [{ name: "*.corp.example", type: "A", address: "192.0.2.7" }]);
    const scene = { own, nameservers: { "127.0.0.9": port } };
    const words = (ndots: number) => `nameserver 127.0.0.9\nsearch lab.example corp.example\noptions ndots:${ndots}\n`;
    const { first } = await diagnose({ ...scene, resolvConf: words(5) });
    expect(first).toMatchObject({ name: "search path", detail: expect.stringContaining(`${name}.corp.example`) });
    expect(first?.remedy).toContain("options ndots:2");
    expect((await diagnose({ ...scene, resolvConf: words(2) })).broken).toEqual([]);
  });

  test("names with IPv6 addresses alone are followed by them", async () => {
    const own = await serve([{ name, type: "AAAA", address: "fd00:240::3" }]);
    const { port } = await resolver(own.port);
    const machine = await machineOf({ own, nameservers: { "127.0.0.9": port } });
    const chained = { server: own, suffixes: ["global"], pools: [] };
    const lookUp = async () => ["fd00:240::3"];
    const steps = await collect(diagnoseDns({ chained, name, machine: { ...machine, lookUp } }));
    expect(steps.filter(({ status }) => status === "failed")).toEqual([]);
    expect(steps.at(-1)?.detail).toContain("fd00:240::3");
  });

  test("without --name, the first host below a suffix is followed: nobody was told to send others to us", async () => {
    const own = await mesh();
    const { port } = await resolver(own.port);
    const terminal = recordedTerminal();
    const hosts = `10.0.0.1 a.example.com\n10.0.0.2 global\n${vip} ${name}\n`;
    const invocation = {
      terminal,
      data: folder.path,
      client: () => ({ getText: async () => hosts }),
      exit: () => {},
    } as unknown as Invocation;
    const program = new Command();
    addDnsDoctorCommand(program, invocation, await machineOf({ own, nameservers: { "127.0.0.9": port } }));
    await program.parseAsync(["doctor", "--server", `127.0.0.1:${own.port}`, "--suffix", "global"], { from: "user" });
    expect(terminal.written.out).toContain(`ok      name ${name}: ${vip}\n`);
  });

  test("the command prints each step, names the broken link, and exits 1; 0 where none is broken", async () => {
    const own = await mesh();
    const { port } = await resolver(own.port);
    const run = async (scene: Scene, ...argv: readonly string[]) => {
      const terminal = recordedTerminal();
      let code = 0;
      const invocation = {
        terminal,
        data: folder.path,
        client: () => ({ getText: async () => Promise.reject(new SdkError("unreachable", "none runs")) }),
        exit: (given: number) => {
          code = given;
        },
      } as unknown as Invocation;
      const program = new Command();
      addDnsDoctorCommand(program, invocation, await machineOf(scene));
      const words = ["doctor", "--server", `127.0.0.1:${own.port}`, "--suffix", "global", "--name", `${name}.`];
      await program.parseAsync([...words, ...argv], { from: "user" });
      return { code, ...terminal.written };
    };
    const good = await run({ own, nameservers: { "127.0.0.9": port } });
    expect([good.code, good.talk]).toEqual([0, ""]);
    expect(good.out).toContain(`ok      system resolver: programs find ${name} at ${vip}\n`);
    const bad = await run({ own });
    expect([bad.code, bad.talk]).toEqual([1, "the chain is broken at: nameserver 127.0.0.9\n"]);
    expect(bad.out).toContain("FAILED  nameserver 127.0.0.9: 127.0.0.9:53 did not answer\n        start it");
    const json = await run({ own }, "-o", "json");
    expect(JSON.parse(json.out)).toContainEqual(
      expect.objectContaining({ name: "nameserver 127.0.0.9", status: "failed" }),
    );
  });
});
