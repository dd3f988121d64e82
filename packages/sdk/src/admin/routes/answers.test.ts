import { afterAll, beforeAll, expect, test } from "vitest";
import { type ControlPlane, createControlPlane } from "../../control-plane/control-plane.ts";
import { entry } from "../../testing/manifests.ts";
import { ask } from "../../testing/request.ts";
import { type TemporaryFolder, temporaryFolder } from "../../testing/temporary-folder.ts";

const settings = (networks: string, more = "") => `apiVersion: v1
kind: ConfigMap
metadata: {name: istio, namespace: istio-system}
data:
  mesh: |
    trustDomain: cluster.local
${more}  meshNetworks: |
    networks: ${networks}
---
`;
const network = (name: string, cidr: string, gateway: string) =>
  `${name}: {endpoints: [{fromCidr: ${cidr}}], gateways: [{address: ${gateway}, port: 15443}]}`;
const one = `{${network("near", "10.1.0.0/16", "10.1.0.1")}}`;
const two = `{${network("near", "10.1.0.0/16", "10.1.0.1")}, ${network("far", "10.2.0.0/16", "10.2.0.1")}}`;
const hidden = entry("hidden", { namespace: "bank" }).replace("spec:", "spec:\n  exportTo: ['.']");

const original = `${settings(one)}${entry("reviews")}---\n${hidden}`;

let folder: TemporaryFolder;
let mesh: ControlPlane;
let file: string;

beforeAll(async () => {
  folder = await temporaryFolder();
  file = await folder.write("mesh.yaml", original);
  mesh = await createControlPlane({ config: [file], dns: undefined, admin: undefined });
});
afterAll(async () => {
  await mesh?.stop();
  await folder?.[Symbol.asyncDispose]();
});

const get = (path: string) => ask(mesh.adminSocket, `/api/v1/${path}`);

/** Writes the file anew and waits until it is published. */
async function rewrite(text: string): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const stop = mesh.registry.onPublish(() => resolve());
  await folder.write("mesh.yaml", text);
  await promise;
  stop();
}

test("0.45 hosts lists what a namespace sees, one line a host", async () => {
  const { text, headers } = await get("hosts?namespace=shop");
  expect(headers["content-type"]).toMatch(/^text\/plain/);
  expect(text).toMatch(/^127\.255\.\d+\.\d+ reviews\.shop\.global$/m);
  expect(text).not.toContain("hidden");
  expect((await get("hosts?namespace=bank")).text).toContain("hidden.bank.global");
  expect((await get("hosts")).text).not.toContain("hidden");
  expect((await get("hosts?namespace=Not%20One")).status).toBe(400);
});

test("0.07 cluster-env holds the way in and the pool; 0.11 ports that are given", async () => {
  expect((await get("cluster-env")).text).toBe("ISTIO_CP_AUTH=MUTUAL_TLS\nISTIO_SERVICE_CIDR=127.255.0.0/16\n");
  expect((await get("cluster-env?inboundPorts=9999,8888")).text).toContain("ISTIO_INBOUND_PORTS=8888,9999\n");
  const { status, text } = await get("cluster-env?inboundPorts=http");
  expect([status, text]).toEqual([400, expect.stringContaining("is not a port")]);
});

test("0.06 gateway-address gives the one gateway; of several, the one that is named", async () => {
  expect((await get("gateway-address")).text).toBe("10.1.0.1\n");
  expect((await get("gateway-address?network=near")).text).toBe("10.1.0.1\n");
  const unknown = await get("gateway-address?network=nowhere");
  expect([unknown.status, unknown.text]).toEqual([404, expect.stringContaining("nowhere")]);

  await rewrite(`${settings(two)}${entry("reviews")}`);
  const several = await get("gateway-address");
  expect([several.status, several.json()]).toEqual([
    400,
    { code: "usage", error: expect.stringContaining("far, near") },
  ]);
  expect((await get("gateway-address?network=far")).text).toBe("10.2.0.1\n");

  await rewrite(entry("reviews"));
  expect((await get("gateway-address")).status).toBe(404);
  await rewrite(original);
});

test("routes: where an SNI and a host lead, and the declared ports of a host", async () => {
  expect((await get("routes/sni?sni=nothing&network=near")).json()).toMatchObject({
    kind: "closed",
    reason: expect.any(String),
  });
  expect((await get("routes/host?host=reviews.shop.global&port=8000")).json()).toMatchObject({ declaredPorts: [8000] });
  expect((await get("routes/host?host=nobody.shop.global&port=8000")).json()).toMatchObject({ declaredPorts: [] });
});

test.each([
  "routes/sni",
  "routes/sni?sni=x&network=a%20b",
  "routes/host",
  "routes/host?host=reviews.shop.global",
  "routes/host?host=reviews.shop.global&port=http",
  "routes/host?host=reviews.shop.global&port=0",
  "routes/host?host=a%20b&port=80",
])("%s is not answered, and says what is missing", async (path) => {
  const { status, json } = await get(path);
  expect([status, json()]).toEqual([400, { code: "bad-data", error: expect.any(String) }]);
});
