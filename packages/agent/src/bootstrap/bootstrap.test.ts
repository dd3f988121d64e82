import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BootstrapSchema, envoyRegistry, fromJson } from "@portolan/envoy";
import { type IpAddress, type PortNumber, parseNodeId } from "@portolan/model";
import fc from "fast-check";
import { expect, onTestFinished, test } from "vitest";
import { stringify } from "yaml";
import { parseClusterEnv } from "../machine/cluster-env.ts";
import { createBootstrap, formatBootstrap } from "./bootstrap.ts";
import { type BootstrapFlags, type Machine, parseBootstrap } from "./parse.ts";
import { secretFiles } from "./secret-files.ts";
import { secretFilesBeside, writeBootstrap } from "./write.ts";

const machine: Machine = {
  platform: "linux",
  lowestPort: 1024 as PortNumber,
  address: "192.0.2.7" as IpAddress,
};
const web: BootstrapFlags = { role: "sidecar", name: "web-1", namespace: "shop" };
const gateway: BootstrapFlags = { role: "gateway", name: "eastwest", namespace: "istio-system" };

function clusterEnv(text: string) {
  const env = parseClusterEnv(text);
  if (!env.ok) throw new Error(env.error);
  return env.value;
}

const cases: Record<string, BootstrapFlags> = {
  "sidecar-defaults": web,
  "sidecar-through-gateway": {
    ...web,
    serviceAccount: "web",
    network: "vm-network",
    cluster: "east",
    ip: "10.0.0.9",
    labels: "app=web,example.org/tier=front",
    clusterEnv: clusterEnv("ISTIO_SERVICE_CIDR=172.21.0.0/16\nISTIO_INBOUND_PORTS=8888\n"),
    controlPlane: "192.0.2.1:15443",
    certs: "/etc/certs",
    secretFiles: "/var/lib/istio/envoy/web-1",
    adminPort: "15100",
    statsPort: "15090",
  },
  "gateway-plaintext-sotw": {
    ...gateway,
    plaintext: true,
    controlPlane: "[::1]:15010",
    dialect: "sotw",
    mode: "capture",
  },
};

/** Keys sorted at every level, so that a golden does not depend on the order of declarations. */
const sorted = (text: string) => stringify(JSON.parse(text), { sortMapEntries: true });

test.each(Object.entries(cases))("3.31 the bootstrap of %s", async (name, flags) => {
  const options = parseBootstrap(flags, machine);
  const bootstrap = createBootstrap(options);
  const text = formatBootstrap(bootstrap);
  const golden = (file: string) => join(import.meta.dirname, "..", "..", "goldens", name, file);
  await expect(sorted(text)).toMatchFileSnapshot(golden("bootstrap.yaml"));
  for (const { path, text } of secretFiles(options.authentication)) {
    const kind = path.slice(path.indexOf(".") + 1).replace(/json$/, "yaml");
    await expect(sorted(text)).toMatchFileSnapshot(golden(kind));
  }
  expect(fromJson(BootstrapSchema, JSON.parse(text), { registry: envoyRegistry() })).toEqual(bootstrap);
});

test("0.10 0.11 inbound ports: none for one that only calls, the listed ones, or whatever services name", () => {
  const ports = (flags: Partial<BootstrapFlags>) =>
    createBootstrap(parseBootstrap({ ...web, ...flags }, machine)).node?.metadata?.INBOUND_PORTS;
  expect(ports({})).toBeUndefined();
  expect(ports({ clusterEnv: clusterEnv("ISTIO_SERVICE_CIDR=10.0.0.0/8") })).toBe("");
  expect(ports({ clusterEnv: clusterEnv("ISTIO_INBOUND_PORTS=9999,8888") })).toBe("8888,9999");
  expect(ports({ clusterEnv: clusterEnv("ISTIO_INBOUND_PORTS=8888"), inboundPorts: "7000" })).toBe("7000");
  expect(ports({ inboundPorts: "*" })).toBe("*");
  expect(ports({ inboundPorts: "" })).toBe("");
});

test("ISTIO_CP_AUTH=NONE asks for plaintext, at the plaintext port", () => {
  const options = parseBootstrap({ ...web, clusterEnv: clusterEnv("ISTIO_CP_AUTH=NONE") }, machine);
  expect(options.authentication).toEqual({ kind: "plaintext" });
  expect(options.controlPlane).toEqual({ host: "istiod.istio-system.svc", port: 15010 });
});

test.each<[string, Partial<BootstrapFlags>, string]>([
  ["a name with ~", { name: "a~b" }, "--name"],
  ["an upper-case namespace", { namespace: "Shop" }, "--namespace"],
  ["an account of odd letters", { serviceAccount: "a/b" }, "--service-account"],
  ["an odd network", { network: "a b" }, "--network"],
  ["a host for an address", { ip: "localhost" }, "--ip"],
  ["a label without value", { labels: "app" }, "--labels"],
  ["a label of odd letters", { labels: "app=a b" }, "--labels"],
  ["an odd port", { inboundPorts: "80,x" }, "--inbound-ports"],
  ["no port", { controlPlane: "gateway" }, "--control-plane"],
  ["port 0", { controlPlane: "gateway:0" }, "--control-plane"],
  ["an odd admin port", { adminPort: "-1" }, "--admin-port"],
  ["an odd statistics port", { statsPort: "99999" }, "--stats-port"],
])("%s is refused, naming the flag", (_, flags, flag) => {
  const parse = () => parseBootstrap({ ...web, ...flags }, machine);
  expect(parse).toThrow(expect.objectContaining({ code: "bad-bootstrap", message: expect.stringContaining(flag) }));
});

test("bind mode is refused where there is no Linux, and capture mode is not", () => {
  const mac = { ...machine, platform: "darwin" };
  expect(() => parseBootstrap(web, mac)).toThrow(
    expect.objectContaining({ code: "bind-needs-linux", message: expect.stringContaining("darwin") }),
  );
  expect(parseBootstrap({ ...web, mode: "capture" }, mac).mode).toBe("capture");
});

test("S-17 every address that a bootstrap listens on is 127.0.0.1, and the node id is read again", () => {
  const label = fc.stringMatching(/^[a-z0-9]([-a-z0-9]{0,10}[a-z0-9])?$/);
  const flags = fc.record({
    role: fc.constantFrom("sidecar" as const, "gateway" as const),
    name: label,
    namespace: label,
    ip: fc.oneof(fc.ipV4(), fc.ipV6()),
    plaintext: fc.boolean(),
    adminPort: fc.integer({ min: 0, max: 65535 }).map(String),
    statsPort: fc.option(fc.integer({ min: 1, max: 65535 }).map(String), { nil: undefined }),
    dialect: fc.constantFrom("delta" as const, "sotw" as const),
  });
  fc.assert(
    fc.property(flags, (given) => {
      const bootstrap = createBootstrap(parseBootstrap(given, machine));
      const listens = [bootstrap.admin?.address, ...(bootstrap.staticResources?.listeners ?? []).map((l) => l.address)];
      for (const address of listens) expect(address?.address.value).toMatchObject({ address: "127.0.0.1" });
      expect(parseNodeId(bootstrap.node?.id ?? "")).toMatchObject({
        ok: true,
        value: { role: given.role, name: given.name, namespace: given.namespace },
      });
    }),
  );
});

test("a bootstrap is written with the files that it refers to", async () => {
  const folder = await mkdtemp(join(tmpdir(), "portolan-agent-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const file = join(folder, "deep", "web.json");
  const options = parseBootstrap({ ...web, certs: folder, secretFiles: secretFilesBeside(file) }, machine);
  const written = await writeBootstrap(file, options);
  expect(written).toEqual(
    ["web.certificate.json", "web.trust.json", "web.json"].map((name) => join(folder, "deep", name)),
  );
  expect((await readdir(join(folder, "deep"))).sort()).toEqual(["web.certificate.json", "web.json", "web.trust.json"]);
  const text = await readFile(file, "utf8");
  for (const path of written.slice(0, 2)) expect(text).toContain(path);
  const error = writeBootstrap(join(file, "below"), options);
  await expect(error).rejects.toMatchObject({ code: "not-writable", message: expect.stringContaining(file) });
});
