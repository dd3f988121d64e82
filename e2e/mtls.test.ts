import { X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { namesSince, openDelta } from "./testing/delta-client.ts";
import { queryDns } from "./testing/dns-query.ts";
import { istioObject, namespaceObject, yamlOf } from "./testing/objects.ts";
import { portolanOutput } from "./testing/portolan.ts";
import { type Server, splitPlace, startServer } from "./testing/server.ts";
import { type TemporaryFolder, temporaryFolder } from "./testing/temporary-folder.ts";
import { probeTls } from "./testing/tls-probe.ts";
import { until } from "./testing/until.ts";

const node = {
  id: "sidecar~127.4.4.4~till.shop~shop.svc.cluster.local",
  metadata: { NAMESPACE: "shop", SERVICE_ACCOUNT: "till", INBOUND_PORTS: "" },
};
const CLUSTER = "outbound|8000||stock.shop.global";
const mesh = yamlOf([
  namespaceObject("shop"),
  istioObject("ServiceEntry", "stock", "shop", {
    hosts: ["stock.shop.global"],
    location: "MESH_INTERNAL",
    resolution: "STATIC",
    ports: [{ name: "http", number: 8000, protocol: "HTTP" }],
    endpoints: [{ address: "127.4.4.5" }],
  }),
]);

let folder: TemporaryFolder;
let server: Server;

/** A server whose authority was given to it: made beforehand, and put where it looks. */
beforeAll(async () => {
  folder = await temporaryFolder();
  await folder.write("mesh/mesh.yaml", mesh);
  await portolanOutput(["ca", "init", "-o", join(folder.path, "data", "ca")]);
  server = await startServer({ data: join(folder.path, "data"), config: [join(folder.path, "mesh")] });
});
afterAll(async () => {
  await server?.[Symbol.asyncDispose]();
  await folder?.[Symbol.asyncDispose]();
});

async function issue(account: string, data = join(folder.path, "data")): Promise<string> {
  const certs = join(folder.path, `certs-${account}-${data.length}`);
  await portolanOutput(["ca", "issue", "-n", "shop", "--service-account", account, "-o", certs, "--data", data]);
  return certs;
}

describe("xDS over mutual TLS", () => {
  test("0.08 a client without a certificate is refused", async () => {
    const certs = await issue("till");
    using client = await openDelta({ target: server.ports.xds, certs, anonymous: true, node });
    client.subscribe("cluster", ["*"]);
    await until("the stream has failed", () => client.failure());
    expect(client.received).toEqual([]);
  });

  test("0.08 a client with a certificate of another authority is refused", async () => {
    const other = join(folder.path, "other-data");
    await portolanOutput(["ca", "init", "-o", join(other, "ca")]);
    const own = await issue("till");
    const strange = await issue("till", other);
    // It trusts our server, and shows the stranger's certificate.
    const certs = join(folder.path, "mixed");
    await folder.write("mixed/root-cert.pem", await readFile(join(own, "root-cert.pem"), "utf8"));
    await folder.write("mixed/key.pem", await readFile(join(strange, "key.pem"), "utf8"));
    await folder.write("mixed/cert-chain.pem", await readFile(join(strange, "cert-chain.pem"), "utf8"));
    using client = await openDelta({ target: server.ports.xds, certs, node });
    client.subscribe("cluster", ["*"]);
    await until("the stream has failed", () => client.failure());
    expect(client.received).toEqual([]);
  });

  test("0.08 a client with a certificate of the mesh is served", async () => {
    using client = await openDelta({ target: server.ports.xds, certs: await issue("till"), node });
    client.subscribe("cluster", ["*"]);
    await until("clusters arrive", () => namesSince(client, 0, "cluster").includes(CLUSTER));
    expect(client.failure()).toBeUndefined();
  });

  test("0.08 a client whose node claims another account than its certificate is refused", async () => {
    using client = await openDelta({ target: server.ports.xds, certs: await issue("thief"), node });
    client.subscribe("cluster", ["*"]);
    const failure = await until("the stream has failed", () => client.failure());
    expect(failure.message).toMatch(/PERMISSION_DENIED|thief|till/);
    expect(client.received).toEqual([]);
  });
});

describe("the operator's authority", () => {
  test("0.01 every leaf chains to the root that was given, the server's own included", async () => {
    const root = new X509Certificate(await readFile(join(folder.path, "data", "ca", "root-cert.pem")));
    for (const account of ["till", "stock"]) {
      const certs = await issue(account);
      const chain = (await readFile(join(certs, "cert-chain.pem"), "utf8")).match(
        /-----BEGIN[\s\S]+?END CERTIFICATE-----/g,
      )!;
      expect(
        chainsTo(
          chain.map((pem) => new X509Certificate(pem)),
          root,
        ),
        account,
      ).toBe(true);
      expect(await readFile(join(certs, "root-cert.pem"), "utf8")).toContain(root.toString().trim());
      expect(new X509Certificate(chain[0]!).subjectAltName).toBe(`URI:spiffe://cluster.local/ns/shop/sa/${account}`);
    }
    const { address, port } = splitPlace(server.ports.xds);
    const met = await probeTls(address, port, "istiod.istio-system.svc");
    expect(met.kind === "certificate" && met.names).toContain("istiod.istio-system.svc");
  });
});

describe("--dns", () => {
  test("0.02 off, no name of the mesh is answered; on, it is", async () => {
    const { rcode, addresses } = await queryDns(server.ports.dns ?? "", "stock.shop.global");
    expect([rcode, addresses.length]).toEqual(["NOERROR", 1]);
    await using quiet = await startServer({
      data: join(folder.path, "quiet"),
      config: [join(folder.path, "mesh")],
      flags: ["--dns", "off"],
    });
    expect(quiet.ports.dns).toBeUndefined();
    expect(quiet.out()).not.toContain("DNS");
    const asked = await quiet.portolan(["dns", "query", "stock.shop.global"]);
    expect([asked.code, asked.err]).toEqual([69, expect.stringContaining("no DNS server is running")]);
  });
});

/** Whether each is signed by the next, and the last by the root (or is the root). */
function chainsTo(chain: readonly X509Certificate[], root: X509Certificate): boolean {
  return chain.every((certificate, index) => {
    const issuer = chain[index + 1] ?? root;
    return certificate.fingerprint256 === root.fingerprint256 || certificate.verify(issuer.publicKey);
  });
}
