import { once } from "node:events";
import { chmod, readFile, rm, writeFile } from "node:fs/promises";
import { createSecureServer } from "node:http2";
import { type AddressInfo, createServer, type Server } from "node:net";
import { join } from "node:path";
import { type CertificateAuthority, writeWorkloadFiles } from "@portolan/identity";
import type { PortNumber } from "@portolan/model";
import { beforeAll, expect, onTestFinished, test } from "vitest";
import { CONTROL_PLANE_NAME, type HostPort } from "../bootstrap/options.ts";
import { machineFiles } from "../machine/files.ts";
import { identityOf, testAuthority, testMachine } from "../testing/machine.ts";
import { type DiagnoseOptions, diagnose } from "./diagnose.ts";
import type { DiagnosisStep } from "./step.ts";

let authority: CertificateAuthority;
beforeAll(async () => {
  authority = await testAuthority();
});

async function steps(options: Partial<DiagnoseOptions>): Promise<readonly DiagnosisStep[]> {
  const all: DiagnosisStep[] = [];
  for await (const one of diagnose({ nowMs: Date.now(), ...options })) all.push(one);
  return all;
}
const failures = (all: readonly DiagnosisStep[]) => all.filter(({ status }) => status === "failed");
const step = (all: readonly DiagnosisStep[], name: string) => all.find((one) => one.name === name);

async function listening(server: Server): Promise<HostPort> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.close();
  });
  return { host: "127.0.0.1", port: (server.address() as AddressInfo).port as PortNumber };
}

/** Nobody listens there, nor is given it: a port that was free a moment ago may be anyone's by now. */
const closed: HostPort = { host: "127.0.0.1", port: 1 as PortNumber };

/** What stands behind the gateway: HTTP/2 over mutual TLS, under the control plane's name or another. */
async function controlPlane(trusted = authority, name = CONTROL_PLANE_NAME): Promise<HostPort> {
  const own = await authority.newServerCertificate({
    identity: identityOf("istio-system", "istiod"),
    dnsNames: [name],
  });
  const server = createSecureServer({
    cert: own.certificateChain,
    key: own.privateKey.reveal(),
    ca: trusted.rootCertificates,
    requestCert: true,
    rejectUnauthorized: true,
  });
  server.on("sessionError", () => {});
  return listening(server);
}

test("0.13 a machine with its four files and a control plane that answers passes every step", async () => {
  const { files } = await testMachine(authority, "ISTIO_SERVICE_CIDR=172.21.0.0/16\nISTIO_INBOUND_PORTS=8888\n");
  const all = await steps({
    files,
    controlPlane: await controlPlane(),
    hosts: ["localhost"],
    calls: [await listening(createServer())],
    servicePorts: async () => [8888],
  });
  expect(all.map(({ name, status }) => [name.replace(/:\d+/, ""), status])).toEqual([
    ["file root-cert.pem", "ok"],
    ["file cert-chain.pem", "ok"],
    ["file key.pem", "ok"],
    ["file cluster.env", "ok"],
    ["key", "ok"],
    ["certificate validity", "ok"],
    ["certificate chain", "ok"],
    ["identity", "ok"],
    ["cluster.env", "ok"],
    ["control plane TCP", "ok"],
    ["control plane TLS", "ok"],
    ["name localhost", "ok"],
    ["call 127.0.0.1", "ok"],
    ["inbound ports", "ok"],
  ]);
  expect(step(all, "identity")?.detail).toBe("spiffe://cluster.local/ns/shop/sa/web");
  for (const { remedy } of all) expect(remedy).toBeUndefined();
});

test.each(["root-cert.pem", "cert-chain.pem", "key.pem", "cluster.env"])(
  "0.13 %s in a wrong place is named",
  async (name) => {
    const { directory, files } = await testMachine(authority);
    await rm(join(directory, name));
    expect(failures(await steps({ files }))).toEqual([
      expect.objectContaining({ name: `file ${name}`, detail: `${join(directory, name)} does not exist` }),
    ]);
  },
);

test("0.13 the files are looked for where Istio's package keeps them", () => {
  expect(machineFiles()).toEqual({
    rootCertificates: "/etc/certs/root-cert.pem",
    certificateChain: "/etc/certs/cert-chain.pem",
    privateKey: "/etc/certs/key.pem",
    clusterEnv: "/var/lib/istio/envoy/cluster.env",
  });
});

type Break = (directory: string) => Promise<unknown>;
test.each<[string, string, string, Break]>([
  [
    "a key of another certificate",
    "key",
    "does not belong to",
    async (directory) => {
      const other = await testMachine(authority);
      await writeFile(join(directory, "key.pem"), await readFile(other.files.privateKey));
    },
  ],
  [
    "no key in the file",
    "key",
    "holds no PEM private key",
    (directory) => writeFile(join(directory, "key.pem"), "hello"),
  ],
  [
    "no certificate in the file",
    "certificate",
    "holds no PEM certificate",
    (directory) => writeFile(join(directory, "cert-chain.pem"), "hello"),
  ],
  [
    "the root of another mesh",
    "certificate chain",
    "does not lead to",
    async (directory) => {
      await writeFile(join(directory, "root-cert.pem"), (await testAuthority()).rootCertificates);
    },
  ],
  [
    "a server's certificate without identity",
    "identity",
    "no URI",
    async (directory) => {
      const ca = await readFile(join(directory, "root-cert.pem"), "utf8");
      await writeFile(join(directory, "cert-chain.pem"), ca);
    },
  ],
  [
    "a key that everyone can read",
    "file key.pem",
    "mode 0644",
    (directory) => chmod(join(directory, "key.pem"), 0o644),
  ],
  [
    "a broken cluster.env",
    "cluster.env",
    'line 1: "hello" is not KEY=VALUE',
    (directory) => writeFile(join(directory, "cluster.env"), "hello"),
  ],
])("%s is told, with a remedy", async (_, name, detail, change) => {
  const { directory, files } = await testMachine(authority);
  await change(directory);
  const failure = step(failures(await steps({ files })), name);
  expect(failure).toMatchObject({ detail: expect.stringContaining(detail), remedy: expect.stringMatching(/.{10}/) });
  expect(failure?.detail).toContain(directory);
});

test("a certificate after and before its time is told with the instant", async () => {
  const { files } = await testMachine(authority);
  const at = async (nowMs: number) => step(await steps({ files, nowMs }), "certificate validity");
  expect(await at(Date.now() + 25 * 3_600_000)).toMatchObject({
    status: "failed",
    detail: expect.stringContaining("expired at 20"),
  });
  expect(await at(Date.now() - 3_600_000)).toMatchObject({
    status: "failed",
    remedy: expect.stringContaining("clock"),
  });
});

test("0.14 a file of another owner is told with the file and the owner", async () => {
  const { directory, files } = await testMachine(authority);
  const owner = { uid: 54321, name: "istio-proxy" };
  const [first] = failures(await steps({ files, owner }));
  expect(first?.detail).toMatch(
    new RegExp(`^${directory}/root-cert.pem belongs to user \\d+, not to istio-proxy \\(54321\\)$`),
  );
  const self = { uid: process.getuid?.() ?? 0, name: "me" };
  expect(failures(await steps({ files, owner: self }))).toEqual([]);
});

test("0.18 a gateway that cannot be reached is told with address and port, and TLS is not tried", async () => {
  const { files } = await testMachine(authority);
  const all = await steps({ files, controlPlane: closed });
  expect(step(all, "control plane TCP")).toMatchObject({
    status: "failed",
    detail: `127.0.0.1:${closed.port} cannot be reached: ECONNREFUSED`,
    remedy: expect.stringContaining(`127.0.0.1:${closed.port}`),
  });
  expect(step(all, "control plane TLS")?.status).toBe("skipped");
});

test("0.18 a gateway that takes the connection and says nothing is told too", async () => {
  const { files } = await testMachine(authority);
  const silent = createServer((socket) => onTestFinished(() => void socket.destroy()));
  const all = await steps({ files, controlPlane: await listening(silent), timeoutMs: 1_000 });
  expect(step(all, "control plane TLS")).toMatchObject({
    status: "failed",
    detail: expect.stringContaining("no answer in 1000 ms"),
  });
});

test("what is wrong with the TLS of the control plane is told apart", async () => {
  const { files } = await testMachine(authority);
  const tls = async (place: HostPort, of = files) =>
    step(await steps({ files: of, controlPlane: place }), "control plane TLS");
  const foreign = await testMachine(await testAuthority());
  expect(await tls(await controlPlane(authority, "reviews.shop"))).toMatchObject({
    status: "failed",
    detail: expect.stringContaining("ERR_TLS_CERT_ALTNAME_INVALID"),
    remedy: expect.stringContaining("is not the control plane"),
  });
  expect(await tls(await controlPlane(), foreign.files)).toMatchObject({
    status: "failed",
    remedy: expect.stringContaining("root-cert.pem must be the control plane's own"),
  });
  // The server's root is right here and the client's certificate is refused, which shows after the handshake only.
  const refusing = await controlPlane(await testAuthority());
  expect(await tls(refusing)).toMatchObject({
    status: "failed",
    remedy: expect.stringContaining("the control plane refuses this machine's certificate"),
  });
  const closing = await listening(createServer((socket) => socket.destroy()));
  expect(await tls(closing)).toMatchObject({ status: "failed", remedy: expect.stringContaining("15443") });
  await writeWorkloadFiles(
    foreign.directory,
    await authority.newCertificate(identityOf("shop", "web")),
    authority.rootCertificates,
  );
  expect(await tls(await controlPlane(), foreign.files)).toMatchObject({ status: "ok" });
});

test("plaintext asks for no handshake", async () => {
  const { files } = await testMachine(authority, "ISTIO_CP_AUTH=NONE\n");
  const all = await steps({ files, controlPlane: await listening(createServer()) });
  expect(step(all, "control plane TLS")).toMatchObject({ status: "skipped", detail: "plaintext was asked for" });
});

test("a name without address is told", async () => {
  const { files } = await testMachine(authority);
  const resolve = async (host: string) => {
    if (host === "reviews.shop.global") return ["127.255.0.7"];
    throw Object.assign(new Error("no"), { code: "ENOTFOUND" });
  };
  const all = await steps({ files, resolve, hosts: ["reviews.shop.global", "ratings.shop.global"] });
  expect(step(all, "name reviews.shop.global")).toMatchObject({ status: "ok", detail: "127.255.0.7" });
  expect(step(all, "name ratings.shop.global")).toMatchObject({
    status: "failed",
    detail: "ratings.shop.global has no address (ENOTFOUND)",
    remedy: expect.stringContaining("portolan hosts"),
  });
});

test("0.40 a call of a port that is not declared is refused, and the declared ports are named", async () => {
  const { files } = await testMachine(authority);
  const open = await listening(createServer());
  const resolve = async () => ["127.0.0.1"];
  const call = async (port: PortNumber, declaredPorts?: DiagnoseOptions["declaredPorts"]) => {
    const calls = [{ host: "reviews.shop.global", port }];
    return step(await steps({ files, resolve, calls, declaredPorts }), `call reviews.shop.global:${port}`);
  };
  expect(await call(open.port)).toMatchObject({ status: "ok", detail: `127.0.0.1:${open.port} is open` });
  const refused = `127.0.0.1:${closed.port} cannot be reached: ECONNREFUSED`;
  expect(await call(closed.port, async () => [8000, 8443])).toMatchObject({
    status: "failed",
    detail: `${refused}; the declared ports of reviews.shop.global are 8000, 8443`,
  });
  expect(await call(closed.port, async () => undefined)).toMatchObject({
    detail: `${refused}; the mesh has no host reviews.shop.global`,
  });
  expect(await call(closed.port, async () => [closed.port])).toMatchObject({
    detail: `${refused}, though it is declared (${closed.port})`,
    remedy: expect.stringContaining("Envoy runs"),
  });
  expect(await call(closed.port, () => Promise.reject(new Error("no answer")))).toMatchObject({
    detail: expect.stringContaining("its declared ports are not known: Error: no answer"),
  });
  expect(await call(closed.port)).toMatchObject({ status: "failed", detail: refused });
});

test("0.11 an inbound port that no service names is reported", async () => {
  const { files } = await testMachine(authority, "ISTIO_INBOUND_PORTS=8888,9999\n");
  const inbound = async (servicePorts?: DiagnoseOptions["servicePorts"]) =>
    step(await steps({ files, servicePorts }), "inbound ports");
  expect(await inbound(async () => [8888])).toMatchObject({
    status: "failed",
    detail: "no service of this machine names port 9999",
  });
  expect(await inbound(async () => [8888, 9999, 80])).toMatchObject({ status: "ok" });
  expect(await inbound()).toMatchObject({ status: "skipped" });
  expect(await inbound(() => Promise.reject(new Error("gone")))).toMatchObject({ status: "skipped" });
});
