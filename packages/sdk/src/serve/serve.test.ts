import { execFile } from "node:child_process";
import { once } from "node:events";
import { access, readFile, rm } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Ports } from "../control-plane/ports-file.ts";
import { parseListenAddress } from "../listen-address.ts";
import { type CliOptions, type CliProcess, cliProgram, quietFlags, startCli } from "../testing/cli-process.ts";
import { badEntry, badPlace, entry } from "../testing/manifests.ts";
import { ask } from "../testing/request.ts";
import { runMain } from "../testing/run-main.ts";
import { type TemporaryFolder, temporaryFolder } from "../testing/temporary-folder.ts";
import { until } from "../testing/until.ts";

let folder: TemporaryFolder;
let data: string;

beforeEach(async () => {
  folder = await temporaryFolder();
  data = join(folder.path, "data");
  await folder.write("mesh/reviews.yaml", entry("reviews"));
});
afterEach(() => folder[Symbol.asyncDispose]());

interface Serving extends CliProcess {
  readonly ports: Ports;
}

/** Serves the folder, and gives its ports when it is ready. */
async function serve(flags: readonly string[] = [], options?: CliOptions): Promise<Serving> {
  const words = ["serve", "--config", join(folder.path, "mesh"), "--data", data, ...quietFlags, ...flags];
  const started = startCli(words, options);
  let over = false;
  void started.ended.then(() => {
    over = true;
  });
  const ports = await until("ports.json is written", async () => {
    if (over) throw new Error(`it ended: ${started.err()}`);
    const text = await readFile(join(data, "ports.json"), "utf8").catch(() => undefined);
    return text === undefined ? undefined : (JSON.parse(text) as Ports);
  });
  return { ...started, ports };
}

test.each(["SIGTERM", "SIGINT"] as const)("F-30 %s drains, takes its files away, and exits with 0", async (signal) => {
  await using server = await serve();
  await until("it says what it serves", () => server.out().includes("portolan serves 1 services at revision 1"));
  for (const place of [server.ports.xds, server.ports.dns, server.ports.admin]) expect(server.out()).toContain(place);
  expect(server.ports.pid).toBe(server.child.pid);
  server.child.kill(signal);
  expect(await server.ended).toBe(0);
  expect(server.err()).toContain(`${signal}: connections are drained`);
  for (const name of ["ports.json", "admin.sock", "lock"])
    await expect(access(join(data, name))).rejects.toThrow("ENOENT");
});

test("F-30 SIGHUP ends nothing; the authority's files are read again, and bad ones change nothing", async () => {
  await using server = await serve();
  await until("it follows SIGHUP", () => server.out() !== "");
  server.child.kill("SIGHUP");
  await until("it is logged", () => server.err().includes("SIGHUP: the certificate authority's files were read again"));
  await folder.write("data/ca/ca-key.pem", "no key");
  server.child.kill("SIGHUP");
  await until("it is logged", () =>
    /SIGHUP: the certificate authority stays as it was: .*ca-key\.pem/.test(server.err()),
  );
  expect((await ask(server.ports.adminSocket, "/ready")).status).toBe(200);
});

test("F-30 SIGHUP rereads the log level: of DATA/log-level, and without it that of --log again", async () => {
  await using server = await serve(["--log", "error"]);
  await until("it follows SIGHUP", () => server.out() !== "");
  const apply = (name: string) => ask(server.ports.adminSocket, "/api/v1/apply", { method: "POST", body: entry(name) });
  const hup = async (says: string) => {
    const from = server.err().length;
    server.child.kill("SIGHUP");
    await until(says, () => server.err().slice(from).includes(says));
  };
  await apply("unheard");
  expect(server.err()).not.toContain("is published");
  await folder.write("data/log-level", "debug\n");
  await hup("the log level is debug, by DATA/log-level");
  await apply("heard");
  await until("it is logged", () => /revision \d+ is published/.test(server.err()));
  await folder.write("data/log-level", "loud");
  await hup("the log level stays debug: ");
  expect(server.err()).toMatch(/data\/log-level: "loud" is none of debug, info, warn, error, silent/);
  await rm(join(data, "log-level"));
  await hup("the log level is error, by --log");
  const quiet = server.err().length;
  await apply("unheard-again");
  server.child.kill("SIGTERM");
  expect(await server.ended).toBe(0);
  expect(server.err().slice(quiet).trim()).toBe("");
});

test("a level that is in DATA/log-level when it starts goes before --log, and is said", async () => {
  await folder.write("data/log-level", "info");
  await using server = await serve(["--log", "silent"]);
  expect(server.err()).toContain("the log level is info, by DATA/log-level");
});

test("F-30 with 64 file descriptors it survives more connections than it can take", async () => {
  const words = ["serve", "--config", join(folder.path, "mesh"), "--data", data, ...quietFlags];
  await using server = startCli(words, { descriptors: 64 });
  const ports = await until("ports.json is written", async () => {
    const text = await readFile(join(data, "ports.json"), "utf8").catch(() => undefined);
    return text === undefined ? undefined : (JSON.parse(text) as Ports);
  });
  const { address, port } = parseListenAddress(ports.admin ?? "", "test");
  const first = connect({ host: address, port });
  await once(first, "connect");
  const others = Array.from({ length: 100 }, () => connect({ host: address, port }).on("error", () => undefined));
  await until("they are connected, or in the kernel's queue", () => others.every((socket) => !socket.connecting));
  first.write("GET /live HTTP/1.1\r\nHost: localhost\r\n\r\n");
  const [answer] = (await once(first, "data")) as [Buffer];
  expect(answer.toString()).toMatch(/^HTTP\/1\.1 200/);
  for (const socket of others) socket.destroy();
  first.destroy();
  await until(
    "new ones are served again",
    async () => (await ask(ports.admin ?? "", "/live").catch(() => undefined))?.status === 200,
  );
  server.child.kill("SIGTERM");
  expect(await server.ended).toBe(0);
});

test("F-30 it survives readers of stdout and stderr that go away", async () => {
  await using server = await serve(["--log", "debug"]);
  server.child.stdout?.destroy();
  server.child.stderr?.destroy();
  for (let at = 0; at < 5; at++) {
    const { status } = await ask(server.ports.adminSocket, "/api/v1/apply", {
      method: "POST",
      body: entry(`entry-${at}`),
    });
    expect(status).toBe(200);
  }
  expect((await ask(server.ports.adminSocket, "/live")).status).toBe(200);
  server.child.kill("SIGTERM");
  expect(await server.ended).toBe(0);
});

test("F-30 it serves with stdout and stderr closed from the start", async () => {
  await using server = await serve([], { stdio: ["ignore", "ignore", "ignore"] });
  expect((await ask(server.ports.adminSocket, "/ready")).status).toBe(200);
});

test("with --log-json every line of stderr is JSON, problems and the end included", async () => {
  await folder.write("mesh/bad.yaml", badEntry);
  await using server = await serve(["--log-json", "--xds-plaintext", "127.0.0.1:0"]);
  server.child.kill("SIGTERM");
  await server.ended;
  const lines = server
    .err()
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as { level: string; msg: string });
  const texts = (level: string) =>
    lines
      .filter((line) => line.level === level)
      .map(({ msg }) => msg)
      .join("\n");
  expect(texts("error")).toContain(`bad.yaml:${badPlace} spec.ports.0.number`);
  expect(texts("warn")).toContain("xDS in plaintext is on");
  expect(texts("info")).toContain("SIGTERM");
});

test("problems are said once, and again neither at the start nor later", async () => {
  await folder.write("mesh/bad.yaml", badEntry);
  await using server = await serve();
  expect(server.err().split(`bad.yaml:${badPlace}`)).toHaveLength(2);
});

test("serve --check exits with 0 for a good configuration, and opens nothing", async () => {
  const { code, out, err } = await runMain(["serve", "--check", "--config", join(folder.path, "mesh"), "--data", data]);
  expect([code, out, err]).toEqual([
    0,
    expect.stringMatching(/^the configuration is good: 1 object, 1 service, 1 remark\n$/),
    expect.stringMatching(/^warning: /),
  ]);
  await expect(access(data)).rejects.toThrow("ENOENT");
});

test("serve --check prints what is wrong with file, line and column, and exits with 65", async () => {
  const file = await folder.write("mesh/bad.yaml", badEntry);
  const { code, out, err } = await runMain(["serve", "--check", "--config", join(folder.path, "mesh")]);
  expect([code, out]).toEqual([65, ""]);
  expect(err).toContain(`error: ${file}:${badPlace} spec.ports.0.number: 99999 is out of range`);
  expect(err).toContain("error: 1 error in the configuration");
});

test("serve --strict exits with 65, serves nothing and leaves no socket", async () => {
  const file = await folder.write("mesh/bad.yaml", badEntry);
  const { code, out, err } = await runMain([
    "serve",
    "--strict",
    "--config",
    join(folder.path, "mesh"),
    "--data",
    data,
    ...quietFlags,
  ]);
  expect([code, out]).toEqual([65, ""]);
  expect(err).toContain(`${file}:${badPlace}`);
  await expect(access(join(data, "admin.sock"))).rejects.toThrow("ENOENT");
});

test.each([
  ["--config", "/nonexistent", 64, /\/nonexistent/],
  ["--xds-plaintext", "0.0.0.0:0", 64, /not a loopback address/],
  ["--workload-cert-ttl", "soon", 64, /--workload-cert-ttl "soon" is not a duration/],
  ["--workload-cert-ttl", "1s", 64, /too short/],
  ["--debounce", "-1", 64, /--debounce/],
  ["--debounce", "1.5", 64, /--debounce/],
  ["--dns-upstream", "resolver.example", 64, /--dns-upstream/],
  ["--advertise", "not a name", 64, /--advertise/],
  ["--admin", "here", 64, /--admin "here"/],
  ["--mode", "none", 64, /--mode/],
  ["--log", "loud", 64, /--log/],
  ["--data", "/proc/portolan", 73, /\/proc\/portolan/],
  ["--dns", "192.0.2.1:0", 64, /--dns 192\.0\.2\.1:0: this machine has no such address/],
])("serve %s %s says why it does not start", async (flag, value, code, says) => {
  const given = [...["--data", data], ...quietFlags].filter((word, at, all) => word !== flag && all[at - 1] !== flag);
  const ran = await runMain(["serve", ...given, flag, value]);
  expect([ran.code, ran.out]).toEqual([code, ""]);
  expect(ran.err).toMatch(says);
  expect(ran.err).not.toMatch(/^ +at /m);
  if (code === 64) expect(ran.err).toMatch(/portolan help COMMAND/);
});

test("a signal while it starts ends it in order", async () => {
  const words = ["serve", "--config", join(folder.path, "mesh"), "--data", data, ...quietFlags];
  await using server = startCli(words);
  await until("the data folder is taken", () =>
    access(join(data, "lock")).then(
      () => true,
      () => false,
    ),
  );
  server.child.kill("SIGTERM");
  expect(await server.ended).toBe(0);
  await expect(access(join(data, "lock"))).rejects.toThrow("ENOENT");
});

test("a short command whose reader goes away is no failure; one whose output cannot be written is", async () => {
  await using server = await serve();
  const shell = (script: string) =>
    new Promise<{ code: number; err: string }>((resolve) => {
      const cli = `'${process.execPath}' '${cliProgram}'`;
      const env = { ...process.env, NODE_NO_WARNINGS: "1", PORTOLAN_DATA: data, CLI: cli };
      execFile("bash", ["-c", script], { env }, (error, _out, err) => resolve({ code: Number(error?.code ?? 0), err }));
    });
  expect(server.ports.pid).toBe(server.child.pid);
  // biome-ignore lint/suspicious/noTemplateCurlyInString: the shell's own variable
  expect(await shell('eval "$CLI get all" | true; exit "${PIPESTATUS[0]}"')).toEqual({ code: 0, err: "" });
  const full = await shell('eval "$CLI get all" > /dev/full');
  expect([full.code, full.err]).toEqual([1, expect.stringContaining("stdout cannot be written")]);
});
