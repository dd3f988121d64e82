import { X509Certificate } from "node:crypto";
import { chmod, copyFile, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { connect } from "node:tls";
import { fromBinary, SecretSchema } from "@portolan/envoy";
import { AUTHORITY_FILES, loadCertificateAuthority } from "@portolan/identity";
import { expect, test } from "vitest";
import { type ListenAddress, parseListenAddress } from "../listen-address.ts";
import { type DeltaClient, openDelta, sidecarOf } from "../testing/delta-client.ts";
import { followChannel } from "../testing/follow-channel.ts";
import { entry } from "../testing/manifests.ts";
import { temporaryFolder } from "../testing/temporary-folder.ts";
import { until } from "../testing/until.ts";
import { type ControlPlane, createControlPlane } from "./control-plane.ts";
import { parseIdentity } from "./identity.ts";
import { issueFiles } from "./issue-files.ts";
import type { ControlPlaneOptions } from "./options.ts";

const quiet: ControlPlaneOptions = { dns: undefined, admin: undefined };
const local = (): ListenAddress => parseListenAddress("127.0.0.1:0", "test");

/** A client with a certificate of this account, issued by the authority in the data folder. */
async function connectAs(
  mesh: ControlPlane,
  data: string,
  account: string,
  node = sidecarOf(account, "shop"),
  ca = join(data, "ca"),
): Promise<DeltaClient> {
  const certs = join(data, `certs-${account}`);
  const trustDomain = mesh.snapshot.settings.trustDomain;
  await issueFiles(ca, parseIdentity(trustDomain, "shop", account), certs);
  const [root, chain, key] = await Promise.all(
    ["root-cert.pem", "cert-chain.pem", "key.pem"].map((name) => readFile(join(certs, name), "utf8")),
  );
  return openDelta({
    target: mesh.listening.xds ?? "",
    ...node,
    tls: { root: root ?? "", chain: chain ?? "", key: key ?? "" },
  });
}

async function certificateOf(client: DeltaClient): Promise<X509Certificate> {
  client.subscribe("secret", "default");
  const bytes = await until(
    "the certificate arrives",
    () => client.responses.flatMap(({ resources }) => resources)[0]?.resource?.value,
  );
  const { type } = fromBinary(SecretSchema, bytes);
  const chain = type.case === "tlsCertificate" ? type.value.certificateChain?.specifier : undefined;
  if (chain?.case !== "inlineBytes" && chain?.case !== "inlineString") throw new Error("no certificate chain");
  return new X509Certificate(Buffer.from(chain.value));
}

test("0.08 a workload gets its own certificate over mutual TLS, for as long as was asked", async () => {
  await using folder = await temporaryFolder();
  const data = join(folder.path, "data");
  await using mesh = await createControlPlane({ ...quiet, data, workloadCertTtlMs: 90 * 60_000 });
  using client = await connectAs(mesh, data, "till");
  const certificate = await certificateOf(client);
  expect(certificate.subjectAltName).toBe("URI:spiffe://cluster.local/ns/shop/sa/till");
  const restMs = certificate.validToDate.getTime() - Date.now();
  expect(Math.abs(restMs - 90 * 60_000)).toBeLessThan(5 * 60_000);
});

test("a lifetime above the authority's default is what the operator says", async () => {
  await using folder = await temporaryFolder();
  const data = join(folder.path, "data");
  await using mesh = await createControlPlane({ ...quiet, data, workloadCertTtlMs: 48 * 3_600_000 });
  using client = await connectAs(mesh, data, "till");
  const restMs = (await certificateOf(client)).validToDate.getTime() - Date.now();
  expect(restMs).toBeGreaterThan(47 * 3_600_000);
});

test("rule 8 limits of the xDS server are what the operator says", async () => {
  await using folder = await temporaryFolder();
  const data = join(folder.path, "data");
  await using mesh = await createControlPlane({ ...quiet, data, xdsLimits: { maxNameLength: 10 } });
  using client = await connectAs(mesh, data, "till");
  client.subscribe("cluster", "ten-or-les");
  await until("that name is answered", () => client.responses.length > 0);
  client.subscribe("cluster", "ten-or-less");
  expect(await until("that one is too long", () => client.failure()?.message)).toContain("RESOURCE_EXHAUSTED");
});

test("a node may not claim another namespace than its certificate's", async () => {
  await using folder = await temporaryFolder();
  const data = join(folder.path, "data");
  await using mesh = await createControlPlane({ ...quiet, data });
  using client = await connectAs(mesh, data, "till", sidecarOf("till", "bank"));
  client.subscribe("cluster");
  const failure = await until("it is refused", () => client.failure());
  expect(failure.message).toMatch(/^7 PERMISSION_DENIED: .*"?bank"?/);
  expect(client.responses).toEqual([]);
});

test("S-02 plaintext is off unless asked for; it then says that identity is a claim, and serves no secret", async () => {
  using warnings = followChannel<{ text: string }>("portolan:sdk:warning");
  await (await createControlPlane(quiet)).stop();
  expect(warnings.messages).toEqual([]);
  await using mesh = await createControlPlane({ ...quiet, xdsPlaintext: local() });
  expect(warnings.messages).toEqual([
    {
      text: `xDS in plaintext is on at ${mesh.listening.xdsPlaintext}: identity there is only a claim, and no secrets are served`,
    },
  ]);
  using client = openDelta({ target: mesh.listening.xdsPlaintext ?? "", ...sidecarOf("till", "shop") });
  client.subscribe("secret", "default");
  client.subscribe("cluster");
  await until("clusters arrive", () => client.responses.some(({ typeUrl }) => typeUrl.endsWith(".Cluster")));
  expect(
    client.responses.filter(({ typeUrl }) => typeUrl.endsWith(".Secret")).flatMap(({ resources }) => resources),
  ).toEqual([]);
});

test("S-15 a key of the authority that others can read is warned of", async () => {
  await using folder = await temporaryFolder();
  const data = join(folder.path, "data");
  await (await createControlPlane({ ...quiet, data })).stop();
  await chmod(join(data, "ca", "ca-key.pem"), 0o644);
  using warnings = followChannel<{ text: string }>("portolan:sdk:warning");
  await using _mesh = await createControlPlane({ ...quiet, data });
  expect(warnings.messages.map(({ text }) => text)).toEqual([expect.stringMatching(/ca-key\.pem .*chmod 0600/)]);
});

test("the server's certificate names it, where it listens and where it is advertised", async () => {
  await using folder = await temporaryFolder();
  const data = join(folder.path, "data");
  const xds = parseListenAddress("127.0.0.7:0", "test");
  await using mesh = await createControlPlane({ ...quiet, data, xds, advertise: ["Mesh.example", "192.0.2.9"] });
  const { port } = parseListenAddress(mesh.listening.xds ?? "", "test");
  const ca = await readFile(join(data, "ca", "root-cert.pem"));
  const names = await new Promise<string>((resolve, reject) => {
    const socket = connect({
      host: "127.0.0.7",
      port,
      ca,
      servername: "istiod.istio-system.svc",
      ALPNProtocols: ["h2"],
    });
    socket.once("secureConnect", () => resolve(socket.getPeerCertificate().subjectaltname ?? ""));
    socket.on("error", reject);
    socket.once("secureConnect", () => socket.destroy());
  });
  for (const name of ["istiod.istio-system.svc", "mesh.example", "IP Address:192.0.2.9", "IP Address:127.0.0.7"])
    expect(names).toContain(name);
});

test("what is known of a proxy goes with its last stream", async () => {
  const { createConnectedProxies } = await import("./connected-proxies.ts");
  const proxies = createConnectedProxies();
  const view = "view" as Parameters<typeof proxies.add>[0];
  const proxy = { nodeId: "node" } as Parameters<typeof proxies.add>[1];
  const endFirst = proxies.add(view, proxy);
  const endSecond = proxies.add(view, { ...proxy });
  expect([proxies.size, proxies.find(view, "node")]).toEqual([1, proxy]);
  endFirst();
  expect(proxies.find(view, "node")).toEqual(proxy);
  endSecond();
  expect([proxies.size, proxies.find(view, "node")]).toEqual([0, undefined]);
});

test("the authority's files are read again on request: what is issued then is by the new one, and a change of roots is said", async () => {
  await using folder = await temporaryFolder();
  const data = join(folder.path, "data");
  await using mesh = await createControlPlane({ ...quiet, data });
  using first = await connectAs(mesh, data, "till");
  const before = await certificateOf(first);
  const other = join(folder.path, "other");
  await loadCertificateAuthority(other);
  for (const name of AUTHORITY_FILES) await copyFile(join(other, name), join(data, "ca", name));
  using warnings = followChannel<{ text: string }>("portolan:sdk:warning");
  await mesh.reloadCertificates();
  expect(warnings.messages.map(({ text }) => text)).toEqual([expect.stringContaining("root certificates are others")]);
  // Both its own certificate and those that it takes are by the new authority.
  using second = await connectAs(mesh, data, "clerk");
  const after = await certificateOf(second);
  const root = new X509Certificate(await readFile(join(other, "root-cert.pem")));
  expect([before.verify(root.publicKey), after.verify(root.publicKey)]).toEqual([false, true]);

  await writeFile(join(data, "ca", "ca-key.pem"), "no key");
  await expect(mesh.reloadCertificates()).rejects.toMatchObject({ name: "IdentityError" });
  using third = await connectAs(mesh, data, "porter", undefined, other);
  expect((await certificateOf(third)).verify(root.publicKey)).toBe(true);
});

test("a proxy that connects sees every write that was answered, also while pushes are held back", async () => {
  await using slow = await createControlPlane({
    dns: undefined,
    debounceMs: 10_000,
    xdsPlaintext: parseListenAddress("127.0.0.1:0", "test"),
  });
  for (const name of ["a", "b", "c"]) await slow.registry.write({ apply: [{ text: entry(name) }] });
  using client = openDelta({ target: slow.listening.xdsPlaintext ?? "", ...sidecarOf("till", "shop") });
  client.subscribe("cluster");
  await until("clusters arrive", () => client.responses.length > 0);
  const names = client.responses.flatMap(({ resources }) => resources.map(({ name }) => name)).join();
  for (const name of ["a", "b", "c"]) expect(names).toContain(`|${name}.`);
});
