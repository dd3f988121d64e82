import { chmod, readFile, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parse } from "yaml";
import { type ControlPlane, createControlPlane } from "../control-plane/control-plane.ts";
import { entry } from "../testing/manifests.ts";
import { runMain } from "../testing/run-main.ts";
import { type TemporaryFolder, temporaryFolder } from "../testing/temporary-folder.ts";

const hint = "(portolan help COMMAND tells how it is used)\n";

let folder: TemporaryFolder;
let mesh: ControlPlane;
let data: readonly string[];

beforeAll(async () => {
  folder = await temporaryFolder();
  await folder.write("mesh/till.yaml", entry("till"));
  mesh = await createControlPlane({ config: [join(folder.path, "mesh")], admin: undefined });
  data = ["--data", dirname(mesh.adminSocket)];
});
afterAll(async () => {
  await mesh?.stop();
  await folder?.[Symbol.asyncDispose]();
});

test.each([
  [["no-such-command"], /unknown command 'no-such-command'/],
  [["get"], /missing required argument 'kind'/],
  [["get", "all", "--no-such-flag"], /unknown option '--no-such-flag'/],
  [["get", "all", "more", "words"], /too many arguments/],
  [["get", "all", "-o", "xml"], /"xml" is not an output format/],
  [["apply"], /required option '-f, --filename/],
  [["apply", "-f", "/nonexistent.yaml"], /\/nonexistent\.yaml cannot be read: ENOENT/],
  [["-n"], /-n needs a value/],
  [["-n", "Not_One", "get", "all"], /"Not_One" is not a namespace/],
  [["bootstrap", "sidecar"], /required option '--name/],
  [["bootstrap", "sidecar", "--name", "Not One"], /--name: "Not One" is not a name/],
  [["bootstrap", "sidecar", "--name", "a", "--dialect", "soap"], /delta, sotw/],
  [["bootstrap", "sidecar", "--name", "a", "--cluster-env", "/nonexistent"], /\/nonexistent cannot be read/],
  [["ca", "issue", "--service-account", "Not One", "-o", "x"], /"Not One"/],
  [["ca", "issue", "--service-account", "a", "--trust-domain", "a b", "-o", "x"], /a b/],
  [["dns", "query", "x.global", "--server", "here"], /--server "here" is not an address: .*127\.0\.0\.1:15053/],
  [["add-to-mesh", "external-service", "till", "192.0.2.1", "http:0"], /"http:0" is not a port/],
  [["add-to-mesh", "external-service", "till", "nowhere", "http:80"], /"nowhere" is not an IP address/],
  [["remove-from-mesh"], /needs one name/],
  [["remove-from-mesh", "external-service", "a", "b"], /needs one name/],
  [["completion", "tcsh"], /"tcsh" is not supported/],
  [["demo", "no-such-example"], /there is no example "no-such-example"/],
  [["demo", "./no-such-folder"], /an example is a folder with demo\.yaml/],
  [["serve", "--xds", "nowhere"], /--xds "nowhere" is not an address/],
])("usage errors exit with 64 and say where help is: %j", async (argv, says) => {
  const { code, out, err } = await runMain([...argv, ...data]);
  expect([code, out]).toEqual([64, ""]);
  expect(err).toMatch(says);
  expect(err.endsWith(hint)).toBe(true);
  expect(err).not.toMatch(/^ +at /m);
});

test("help is data: on stdout, with exit code 0", async () => {
  for (const argv of [["help"], ["--help"], ["-h"]]) {
    const { code, out, err } = await runMain(argv);
    expect([code, err]).toEqual([0, ""]);
    for (const words of ["serve", "proxy-status", "--namespace", "--data", "--no-color"]) expect(out).toContain(words);
    expect(out).not.toContain("demo-call");
  }
  const { code, out } = await runMain(["help", "serve"]);
  expect([code, out]).toEqual([0, expect.stringContaining("--workload-cert-ttl <duration>")]);
});

test("without a command the help is shown, as a usage error", async () => {
  const { code, out, err } = await runMain([]);
  expect([code, out, err]).toEqual([64, "", expect.stringContaining("Usage: portolan")]);
});

test("the version is that of the package", async () => {
  const { version } = JSON.parse(await readFile(new URL("../../package.json", import.meta.url), "utf8")) as {
    version: string;
  };
  expect(await runMain(["version"])).toEqual({ code: 0, out: `portolan ${version}\n`, err: "" });
  expect((await runMain(["--version"])).out).toBe(`${version}\n`);
});

test("no server: 69, with what to do", async () => {
  for (const words of [
    ["get", "all"],
    ["ps"],
    ["hosts"],
    ["gateway-address"],
    ["cluster-env"],
    ["wait", "--for", "applied"],
    ["add-to-mesh", "external-service", "a", "192.0.2.1", "80"],
  ]) {
    const { code, out, err } = await runMain([...words, "--data", "/nonexistent"]);
    expect([code, out], words.join(" ")).toEqual([69, ""]);
    expect(err).toMatch(
      /no server answers on \/nonexistent\/admin\.sock .*portolan serve --data \/nonexistent.*--data/s,
    );
  }
  expect(await runMain(["dns", "query", "a.global", "--data", "/nonexistent"])).toMatchObject({
    code: 69,
    err: expect.stringMatching(
      /no DNS server is running with --data \/nonexistent: .*portolan serve.*--server IP:PORT/,
    ),
  });
});

test("get prints a table, and manifests that can be applied again", async () => {
  await folder.write("api/both.yaml", `${entry("one")}---\n${entry("two").replace("  namespace: shop\n", "")}`);
  const applied = await runMain(["apply", "-n", "shop", "-f", join(folder.path, "api"), ...data]);
  expect(applied).toEqual({
    code: 0,
    out: "serviceentry/one.shop created\nserviceentry/two.shop created\n",
    err: expect.stringMatching(/^warning: .*both\.yaml:\d+:\d+ .*\nwarning: .*\nrevision \d+\n$/),
  });
  const table = await runMain(["get", "se", "-n", "shop", ...data]);
  expect(table.out.split("\n").slice(0, 2)).toEqual([
    expect.stringMatching(/^NAMESPACE {5}KIND {13}NAME {5}ORIGIN$/),
    expect.stringMatching(/^shop {10}ServiceEntry {5}one {6}.*both\.yaml:1:1$/),
  ]);
  const list = await runMain(["get", "se", "-o", "yaml", ...data]);
  expect(parse(list.out)).toMatchObject({
    kind: "List",
    items: [
      { metadata: { name: "one" } },
      { metadata: { name: "till" } },
      { metadata: { name: "two", namespace: "shop" } },
    ],
  });
  const single = await runMain(["get", "se", "two", "-o", "json", ...data]);
  expect(JSON.parse(single.out)).toMatchObject({ kind: "ServiceEntry", metadata: { name: "two", namespace: "shop" } });

  await folder.write("again.yaml", single.out);
  const again = await runMain(["apply", "-f", join(folder.path, "again.yaml"), ...data]);
  expect([again.code, again.out]).toEqual([0, "serviceentry/two.shop configured\n"]);
  const deleted = await runMain(["delete", "-n", "shop", "-f", join(folder.path, "api"), ...data]);
  expect([deleted.code, deleted.out]).toEqual([0, "serviceentry/one.shop deleted\nserviceentry/two.shop deleted\n"]);
});

test("nothing found: the header and a word on stderr for a kind, an error for a name", async () => {
  expect(await runMain(["get", "pods", ...data])).toEqual({
    code: 0,
    out: "NAMESPACE     KIND     NAME     ORIGIN\n",
    err: "there are no objects\n",
  });
  expect(await runMain(["get", "se", "nobody", "-n", "shop", ...data])).toEqual({
    code: 1,
    out: "",
    err: 'error: there is no se named "nobody" in namespace shop\n',
  });
});

test("the server's refusals keep their codes: 65 bad data, 1 conflict and not found", async () => {
  const file = await folder.write("write.yaml", entry("bad", { port: 0 }));
  const bad = await runMain(["apply", "-f", file, ...data]);
  expect([bad.code, bad.out, bad.err]).toEqual([
    65,
    "",
    expect.stringMatching(/^error: .*write\.yaml:11:26 spec\.ports\.0\.number: /),
  ]);
  await folder.write("write.yaml", entry("till"));
  const conflict = await runMain(["apply", "-f", file, ...data]);
  expect([conflict.code, conflict.err]).toEqual([1, expect.stringContaining("till.yaml:1:1")]);
  await folder.write("write.yaml", entry("nobody"));
  const missing = await runMain(["delete", "-f", file, ...data]);
  expect([missing.code, missing.err]).toEqual([1, expect.stringContaining("nobody")]);
});

test("dns query asks the running server, and tells what came", async () => {
  const found = await runMain(["dns", "query", "till.shop.global", ...data, "--server", mesh.listening.dns ?? ""]);
  expect(found).toEqual({
    code: 0,
    out: expect.stringMatching(/^till\.shop\.global\.? \d+ A 127\.255\.\d+\.\d+\n$/),
    err: "NOERROR, 1 record\n",
  });
  const ask = (...words: string[]) =>
    runMain(["dns", "query", ...words, ...data, "--server", mesh.listening.dns ?? ""]);
  const address = found.out.trim().split(" ").at(-1) ?? "";
  for (const type of [[], ["ptr"]]) {
    const { out, err } = await ask(address, ...type);
    expect([out, err]).toEqual([
      expect.stringMatching(/\.in-addr\.arpa 30 PTR till\.shop\.global\n$/),
      "NOERROR, 1 record\n",
    ]);
  }
  const none = await ask("till.shop.global", "TXT");
  expect([none.code, none.out, none.err]).toEqual([0, "", "NOERROR, 0 records: the name exists, and has no TXT\n"]);
  const json = await ask("till.shop.global", "-o", "json");
  expect([json.err, JSON.parse(json.out)]).toEqual([
    "",
    expect.objectContaining({ rcode: "NOERROR", answers: [expect.objectContaining({ type: "A", value: address })] }),
  ]);
  expect(await runMain(["dns", "query", "x.global", "--server", "127.0.0.1:9"])).toMatchObject({
    code: 69,
    err: expect.stringMatching(
      /127\.0\.0\.1:9 did not answer: start it \(portolan serve --dns 127\.0\.0\.1:9\), or name/,
    ),
  });
  const missing = await runMain([
    "dns",
    "query",
    "nobody.shop.global",
    "AAAA",
    "--tcp",
    ...data,
    "--server",
    mesh.listening.dns ?? "",
  ]);
  expect([missing.code, missing.out, missing.err]).toEqual([1, "", "NXDOMAIN, 0 records\n"]);
});

test("ca init makes an authority once, ca issue needs one, and both warn of a key that others can read", async () => {
  const ca = join(folder.path, "ca");
  const certs = join(folder.path, "certs");
  const issue = ["-n", "shop", "ca", "issue", "--service-account", "till", "--ca", ca, "-o", certs];
  const none = await runMain(issue);
  expect([none.code, none.err]).toEqual([65, expect.stringMatching(/portolan ca init -o DIR/)]);
  expect(await runMain(["ca", "init", "-o", ca])).toMatchObject({
    code: 0,
    out: "",
    err: expect.stringContaining("a new authority is in"),
  });
  expect(await runMain(["ca", "init", "-o", ca])).toMatchObject({
    code: 0,
    err: expect.stringContaining("holds an authority already"),
  });
  expect(await runMain(issue)).toEqual({
    code: 0,
    out: "",
    err: `issued spiffe://cluster.local/ns/shop/sa/till in ${certs}\n`,
  });
  expect((await stat(join(certs, "key.pem"))).mode & 0o777).toBe(0o600);
  await chmod(join(ca, "ca-key.pem"), 0o640);
  for (const words of [issue, ["ca", "init", "-o", ca]])
    expect((await runMain(words)).err).toMatch(/^warning: .*ca-key\.pem .*chmod 0600/);
  expect((await runMain(["ca", "init", "-o", "/proc/ca"])).code).toBe(73);
});

test("S-17 a bootstrap's admin is on 127.0.0.1; its dialect and its namespace are those asked for", async () => {
  const words = ["bootstrap", "sidecar", "--name", "till-1", "-n", "shop", "--service-account", "till"];
  const ads = async (...more: readonly string[]) => {
    const { code, out, err } = await runMain([...words, ...more]);
    expect([code, err]).toEqual([0, ""]);
    const bootstrap = JSON.parse(out) as {
      admin: { address: { socket_address: unknown } };
      node: { id: string };
      dynamic_resources: { ads_config: { api_type: string } };
    };
    expect(bootstrap.admin.address.socket_address).toMatchObject({ address: "127.0.0.1" });
    expect(bootstrap.node.id).toContain("~till-1.shop~shop.svc.cluster.local");
    return bootstrap.dynamic_resources.ads_config.api_type;
  };
  expect(await ads()).toBe("DELTA_GRPC");
  expect(await ads("--dialect", "delta")).toBe("DELTA_GRPC");
  expect(await ads("--dialect", "sotw")).toBe("GRPC");
});

test("S-26 what an error quotes cannot act on the terminal", async () => {
  const { err } = await runMain(["get", "\u001b[31mred\u009b", ...data]);
  expect(err.slice(0, -1).replaceAll("\n", "")).not.toMatch(/\p{Cc}/u);
  expect(err).toContain("\\u001b[31mred");
});
