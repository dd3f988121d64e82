import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type ControlPlane, createControlPlane } from "../../control-plane/control-plane.ts";
import { badEntry, badPlace, entry } from "../../testing/manifests.ts";
import { type Answer, ask } from "../../testing/request.ts";
import { type TemporaryFolder, temporaryFolder } from "../../testing/temporary-folder.ts";

const service = `apiVersion: v1
kind: Service
metadata: {name: reviews, namespace: shop}
spec:
  ports:
  - {name: http, port: 8000}
`;
const configMap = `apiVersion: v1
kind: ConfigMap
metadata: {name: istio, namespace: istio-system}
data:
  mesh: |
    trustDomain: cluster.local
  meshNetworks: |
    networks: {}
`;

let folder: TemporaryFolder;
let mesh: ControlPlane;

beforeEach(async () => {
  folder = await temporaryFolder();
  await folder.write("mesh/till.yaml", entry("till"));
  mesh = await createControlPlane({ config: [join(folder.path, "mesh")], dns: undefined, admin: undefined });
});
afterEach(async () => {
  await mesh.stop();
  await folder[Symbol.asyncDispose]();
});

const get = (query: string) => ask(mesh.adminSocket, `/api/v1/objects${query}`);
const post = (path: string, body: string, type = "application/yaml"): Promise<Answer> =>
  ask(mesh.adminSocket, `/api/v1/${path}`, { method: "POST", body, headers: { "content-type": type } });

interface Listed {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly origin: string;
  readonly manifest?: unknown;
}
const names = async (query = "") =>
  ((await get(query)).json() as { items: Listed[] }).items.map(
    ({ kind, name, namespace }) => `${kind}/${name}.${namespace}`,
  );

test("get lists by kind, namespace and name, with where each object stands", async () => {
  await post("apply", `${service}---\n${entry("other", { namespace: "bank" })}`);
  expect(await names()).toEqual(["Service/reviews.shop", "ServiceEntry/other.bank", "ServiceEntry/till.shop"]);
  expect(await names("?namespace=shop")).toEqual(["Service/reviews.shop", "ServiceEntry/till.shop"]);
  expect(await names("?kind=all&name=other")).toEqual(["ServiceEntry/other.bank"]);
  const { items } = (await get("?name=till")).json() as { items: Listed[] };
  expect(items).toEqual([
    { kind: "ServiceEntry", namespace: "shop", name: "till", origin: expect.stringMatching(/till\.yaml:1:1$/) },
  ]);
});

test.each(["serviceentry", "ServiceEntry", "serviceentries", "se", "serviceentries.networking.istio.io", "SE"])(
  "get takes the kind word %s",
  async (word) => {
    expect(await names(`?kind=${word}`)).toEqual(["ServiceEntry/till.shop"]);
  },
);

test.each([
  "svc",
  "services",
  "pods",
  "po",
  "gw",
  "dr",
  "sidecar",
  "we",
  "ns",
  "sa",
  "ep",
  "endpointslices",
  "cm",
  "meshconfig",
])("get knows %s, and has none", async (word) => {
  expect(await names(`?kind=${word}`)).toEqual([]);
});

test("a word that is no kind is an error that names the kinds", async () => {
  const { status, json } = await get("?kind=routerules");
  expect([status, json()]).toEqual([
    400,
    { code: "usage", error: expect.stringMatching(/"routerules" is no kind: use all, service, /) },
  ]);
});

test("manifests come where they are asked for, each with its namespace and as it was written", async () => {
  await post(
    "apply?namespace=bank",
    `apiVersion: v1\nkind: List\nitems:\n- ${service.replace(", namespace: shop", "").trim().replaceAll("\n", "\n  ")}\n- ${entry("reviews", { namespace: "bank" }).trim().replaceAll("\n", "\n  ")}\n`,
  );
  const { items } = (await get("?name=reviews&manifests=true")).json() as { items: Listed[] };
  expect(items.map(({ kind, namespace, manifest }) => [kind, namespace, manifest])).toEqual([
    ["Service", "bank", expect.objectContaining({ kind: "Service", metadata: { name: "reviews", namespace: "bank" } })],
    [
      "ServiceEntry",
      "bank",
      expect.objectContaining({
        kind: "ServiceEntry",
        spec: expect.objectContaining({ hosts: ["reviews.bank.global"] }),
      }),
    ],
  ]);
});

test("a write answers with its revision and what became of each object", async () => {
  const before = mesh.snapshot.revision;
  const first = await post("apply", entry("a"));
  expect(first.json()).toEqual({
    revision: before + 1,
    objects: [{ kind: "ServiceEntry", namespace: "shop", name: "a", action: "created" }],
    problems: [expect.objectContaining({ severity: "warning", text: expect.stringContaining("a.shop.global") })],
  });
  const second = await post("apply", `${entry("b")}---\n${entry("a", { port: 9000 })}`);
  expect(second.json()).toMatchObject({
    revision: before + 2,
    objects: [
      { name: "b", action: "created" },
      { name: "a", action: "configured" },
    ],
  });
  const third = await post("delete", entry("a"));
  expect(third.json()).toMatchObject({ revision: before + 3, objects: [{ name: "a", action: "deleted" }] });
  expect(mesh.snapshot.revision).toBe(before + 3);
});

test("the namespace of the query is that of objects that name none", async () => {
  const bare = service.replace(", namespace: shop", "");
  expect((await post("apply?namespace=bank", bare)).status).toBe(200);
  expect(await names("?kind=svc")).toEqual(["Service/reviews.bank"]);
  expect((await post("delete", bare)).status).toBe(404);
  expect((await post("delete?namespace=bank", bare)).status).toBe(200);
  expect((await post("apply?namespace=Not%20One", bare)).status).toBe(400);
});

test.each(["application/json", "application/yaml", "text/plain; charset=utf-8", "application/x-www-form-urlencoded"])(
  "a body is read as YAML or JSON, sent as %s",
  async (type) => {
    const json = JSON.stringify({
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: "json", namespace: "shop" },
      spec: { ports: [{ port: 1, name: "http" }] },
    });
    for (const body of [json, service]) expect((await post("apply", body, type)).status).toBe(200);
    expect(await names("?kind=svc")).toEqual(["Service/json.shop", "Service/reviews.shop"]);
  },
);

test("a bad object is 422 with its place, and nothing of the write is taken", async () => {
  const before = mesh.snapshot.revision;
  const { status, json } = await post("apply?file=mesh.yaml", `${entry("good")}---\n${badEntry}`);
  expect(status).toBe(422);
  const line = entry("good").split("\n").length + Number(badPlace.split(":")[0]);
  expect(json()).toEqual({
    code: "bad-data",
    error: expect.stringContaining(`mesh.yaml:${line}:26 spec.ports.0.number`),
  });
  expect(await names("?name=good")).toEqual([]);
  expect(mesh.snapshot.revision).toBe(before);
});

test("JSON says line and column as well", async () => {
  const { status, text } = await post(
    "apply?file=mesh.json",
    '{\n"apiVersion": "v1", "kind": "Service",\n"metadata": {"name": "a", "name": "b"}}',
    "application/json",
  );
  expect([status, text]).toEqual([422, expect.stringContaining("mesh.json:3:")]);
});

test("what a file says is 409, and names the file", async () => {
  for (const [path, body] of [
    ["apply", entry("till")],
    ["delete", entry("till")],
  ] as const) {
    const { status, json } = await post(path, body);
    expect([status, json()]).toEqual([409, { code: "conflict", error: expect.stringContaining("till.yaml:1:1") }]);
  }
  expect(await names()).toEqual(["ServiceEntry/till.shop"]);
});

test("what does not exist is 404, and all or nothing holds for removals", async () => {
  await post("apply", entry("a"));
  const { status, json } = await post("delete", `${entry("a")}---\n${entry("nobody")}`);
  expect([status, json()]).toEqual([404, { code: "not-found", error: expect.stringContaining("nobody") }]);
  expect(await names("?name=a")).toEqual(["ServiceEntry/a.shop"]);
});

test("delete needs no valid spec, knows what a ConfigMap holds, and takes JSON", async () => {
  await post("apply", `${entry("a")}---\n${configMap}---\n${service}`);
  expect((await names()).length).toBe(5);
  expect((await post("delete", entry("a", { port: 99999 }))).status).toBe(200);
  expect(
    (
      await post(
        "delete",
        '{"apiVersion": "v1", "kind": "Service", "metadata": {"name": "reviews", "namespace": "shop"}}',
      )
    ).status,
  ).toBe(200);
  expect((await post("delete", configMap)).status).toBe(200);
  expect(await names()).toEqual(["ServiceEntry/till.shop"]);
});

test("an object that is named twice is deleted once", async () => {
  await post("apply", entry("a"));
  expect((await post("delete", `${entry("a")}---\n${entry("a")}`)).json()).toMatchObject({ objects: [{ name: "a" }] });
});

test.each([
  ["delete", "kind: Service\n"],
  ["delete", "a: [b"],
  ["delete", "# nothing\n"],
  ["delete", ""],
  ["apply", ""],
  ["apply", "  \n"],
  ["remove", ""],
  ["remove", "not json"],
  ["remove", "[]"],
  ["remove", "{}"],
  ["remove", '{"objects": []}'],
  ["remove", '{"objects": [null]}'],
  ["remove", '{"objects": [{"kind": "Service", "name": "a"}]}'],
  ["remove", '{"objects": [{"kind": 1, "namespace": "a", "name": "a"}]}'],
])("%s of %j is refused with what to send", async (path, body) => {
  const { status, json } = await post(path, body);
  expect([status, json()]).toEqual([400, { code: "bad-data", error: expect.stringMatching(/.{20}/) }]);
});

test("remove takes keys, all or nothing", async () => {
  await post("apply", `${entry("a")}---\n${service}`);
  const key = (kind: string, name: string) => ({ kind, namespace: "shop", name });
  const some = JSON.stringify({ objects: [key("ServiceEntry", "a"), key("Service", "nobody")] });
  expect((await post("remove", some, "application/json")).status).toBe(404);
  const both = JSON.stringify({ objects: [key("ServiceEntry", "a"), key("Service", "reviews")] });
  expect((await post("remove", both, "application/json")).json()).toMatchObject({
    objects: [{ name: "a" }, { name: "reviews" }],
  });
  expect(await names()).toEqual(["ServiceEntry/till.shop"]);
});

test("a write to a server that stops is 503", async () => {
  await mesh.registry.stop();
  const { status, json } = await post("apply", entry("a"));
  expect([status, json()]).toEqual([503, expect.objectContaining({ code: expect.any(String) })]);
});

test("a body above 32 MiB is refused", async () => {
  const { status } = await post("apply", `# ${"x".repeat(33 * 1024 * 1024)}`).catch(() => ({ status: 413 }));
  expect(status).toBe(413);
});

test("what is not there is 404, as JSON", async () => {
  const { status, json } = await ask(mesh.adminSocket, "/api/v1/nothing?x=1");
  expect([status, json()]).toEqual([404, { code: "not-found", error: "there is no GET /api/v1/nothing" }]);
});
