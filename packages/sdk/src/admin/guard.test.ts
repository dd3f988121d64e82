import { readFile, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type ControlPlane, createControlPlane } from "../control-plane/control-plane.ts";
import { parseListenAddress } from "../listen-address.ts";
import { entry } from "../testing/manifests.ts";
import { type Asked, ask } from "../testing/request.ts";

const debugPaths = ["connections", "pushes", "syncz", "configz", "registryz", "mesh"].map((name) => `/debug/${name}`);

let mesh: ControlPlane;
let admin: string;
let token: string;

const off = { dns: undefined };
const tokenOf = async (controlPlane: ControlPlane) =>
  (await readFile(join(dirname(controlPlane.adminSocket), "admin.token"), "utf8")).trim();

beforeAll(async () => {
  mesh = await createControlPlane(off);
  admin = mesh.listening.admin ?? "";
  token = await tokenOf(mesh);
});
afterAll(() => mesh?.stop());

const bearer = (text: string) => ({ authorization: `Bearer ${text}` });
const write = (headers: Readonly<Record<string, string>>): Asked => ({
  method: "POST",
  headers,
  body: entry("reviews"),
});

test.each(["/live", "/ready", "/metrics", "/api/v1/objects", "/api/v1/proxies", ...debugPaths])(
  "S-31 reading %s needs no token on loopback",
  async (path) => {
    expect((await ask(admin, path)).status).toBe(200);
  },
);

test.each([
  "example.com",
  "example.com:15014",
  "localhost.example.com",
  "127.0.0.1.example.com",
  "10.0.0.1",
  "[2001:db8::1]:15014",
  "0.0.0.0",
])("S-31 a Host that is not loopback is refused, as a rebound name would send: %j", async (host) => {
  for (const asked of [{ headers: { host } }, write({ host, ...bearer(token) })]) {
    const { status, json } = await ask(admin, "/api/v1/apply", asked);
    expect([status, json()]).toEqual([403, { error: expect.stringContaining("Host"), code: "refused" }]);
  }
});

test.each(["localhost", "LOCALHOST:1", "127.0.0.1", "127.0.0.9:15014", "[::1]:15014"])(
  "a Host of loopback is taken: %s",
  async (host) => {
    expect((await ask(admin, "/live", { headers: { host } })).status).toBe(200);
  },
);

test.each([
  "https://example.com",
  "http://127.0.0.1.example.com",
  "null",
  "file://",
  "http://10.0.0.1:15014",
  "nonsense",
])("S-31 a page of another origin is refused, with the token too: %s", async (origin) => {
  for (const asked of [{ headers: { origin } }, write({ origin, ...bearer(token) })]) {
    expect((await ask(admin, "/api/v1/apply", asked)).status).toBe(403);
  }
});

test("S-31 writing needs the token, on loopback too", async () => {
  const before = mesh.snapshot.revision;
  for (const headers of [
    {},
    bearer(""),
    bearer("wrong"),
    bearer(`${token}x`),
    bearer(token.slice(1)),
    { authorization: token },
    { cookie: token },
  ]) {
    for (const path of ["/api/v1/apply", "/api/v1/delete", "/api/v1/remove", "/nothing"]) {
      const answer = await ask(admin, path, write(headers));
      expect([answer.status, answer.headers["www-authenticate"]]).toEqual([401, "Bearer"]);
      expect(answer.text).toContain("DATA/admin.token");
      expect(answer.text).not.toContain(token);
    }
  }
  expect(mesh.snapshot.revision).toBe(before);
  expect((await ask(admin, "/api/v1/apply", write(bearer(token)))).status).toBe(200);
  expect(mesh.snapshot.revision).toBe(before + 1);
});

test("S-31 the Unix socket is this user's alone and needs no token", async () => {
  expect((await stat(mesh.adminSocket)).mode & 0o777).toBe(0o600);
  const answer = await ask(mesh.adminSocket, "/api/v1/apply", {
    ...write({ host: "anything", origin: "https://example.com" }),
  });
  expect(answer.status).toBe(200);
});

test("on an address that others reach, all but /live needs the token, and any Host will do", async () => {
  await using exposed = await createControlPlane({ ...off, admin: parseListenAddress("0.0.0.0:0", "--admin") });
  const place = `127.0.0.1:${exposed.listening.admin?.split(":")[1]}`;
  const own = bearer(await tokenOf(exposed));
  expect((await ask(place, "/live", { headers: { host: "mesh.example" } })).status).toBe(200);
  for (const path of ["/ready", "/metrics", "/api/v1/objects", ...debugPaths]) {
    expect((await ask(place, path)).status, path).toBe(401);
    expect((await ask(place, path, { headers: { host: "mesh.example", ...own } })).status, path).toBe(200);
  }
  expect((await ask(place, "/ready", { headers: { ...own, origin: "https://example.com" } })).status).toBe(403);
});

test("neither the token nor a key is in anything that can be read", async () => {
  const key = await readFile(join(dirname(mesh.adminSocket), "ca", "ca-key.pem"), "utf8");
  const secret = key.split("\n")[1] ?? "";
  expect(secret.length).toBeGreaterThan(20);
  for (const path of ["/ready", "/metrics", "/api/v1/objects?manifests=true", "/api/v1/proxies", ...debugPaths]) {
    const { text } = await ask(admin, path);
    expect(text).not.toContain(token);
    expect(text).not.toContain(secret);
  }
});
