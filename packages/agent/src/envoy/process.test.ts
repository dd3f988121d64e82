import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdir, readFile, stat } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { script, temporaryFolder } from "../testing/folder.ts";
import { envoyArguments } from "./arguments.ts";
import { launchEnvoy } from "./process.ts";

/** Opens its admin port as Envoy does, by writing the file that follows `--admin-address-path`. */
const opens = (address: string) =>
  `while [ "$1" != --admin-address-path ]; do shift; done; printf '${address}' > "$2.new"; mv "$2.new" "$2"`;
const lasts = "while :; do sleep 0.05; done";
const bootstrapFile = "bootstrap.json";

async function launch(text: string) {
  const binary = await script(join(await temporaryFolder(), "envoy"), text);
  const envoy = await launchEnvoy({ binary, bootstrapFile });
  onTestFinished(() => envoy[Symbol.asyncDispose]());
  return envoy;
}

test("the arguments: a base id of its own, and the network namespace around it", () => {
  const command = { binary: "/opt/envoy", bootstrapFile: "/etc/b.json" };
  expect(envoyArguments(command, "/tmp/admin").join(" ")).toBe(
    "/opt/envoy --config-path /etc/b.json --concurrency 1 --log-level warning --admin-address-path /tmp/admin --use-dynamic-base-id",
  );
  const within = envoyArguments({ ...command, netns: "vm", concurrency: 2, logLevel: "info" }, "/tmp/admin");
  expect(within.join(" ")).toBe(
    "ip netns exec vm /opt/envoy --config-path /etc/b.json --concurrency 2 --log-level info --admin-address-path /tmp/admin --use-dynamic-base-id",
  );
});

test("a binary that is missing or cannot be run is named", async () => {
  const missing = launchEnvoy({ binary: "/nowhere/envoy", bootstrapFile });
  await expect(missing).rejects.toMatchObject({
    code: "envoy-not-found",
    message: expect.stringContaining("/nowhere/envoy"),
  });
  const folder = await temporaryFolder();
  const directory = launchEnvoy({ binary: folder, bootstrapFile });
  await expect(directory).rejects.toMatchObject({ code: "envoy-not-found", message: expect.stringContaining(folder) });
});

test("one that ends before it is ready says what it wrote last, made safe to print", async () => {
  const envoy = await launch(`echo first; printf 'bad \\033[31mconfig\\n' >&2; exit 3`);
  await expect(envoy.ready).rejects.toMatchObject({
    code: "envoy-failed",
    message: expect.stringMatching(/with code 3 .*bad \\u001b\[31mconfig/),
  });
  expect(await envoy.exited).toEqual({ code: 3, signal: null });
  expect(envoy.output()).toContain("first");
});

test("it is ready when its admin port is open, answers there, and stops when told to", async () => {
  const server = createServer((request, response) => response.writeHead(201).end(`${request.method} ${request.url}`));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.close();
  });
  const address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const envoy = await launch(`${opens(address)}\ntrap 'exit 0' TERM\n${lasts}`);
  expect(await envoy.ready).toBe(address);
  expect(await envoy.admin("/ready")).toEqual({ status: 201, body: "GET /ready" });
  expect(await envoy.admin("/drain", "POST")).toEqual({ status: 201, body: "POST /drain" });
  expect(await envoy.stop()).toEqual({ code: 0, signal: null });
  expect(await envoy.stop()).toEqual({ code: 0, signal: null });
});

test("one that does not stop when told to is killed", async () => {
  const envoy = await launch(`trap '' TERM\n${opens("127.0.0.1:1")}\n${lasts}`);
  await envoy.ready;
  expect(await envoy.stop(1)).toEqual({ code: null, signal: "SIGKILL" });
  await expect(envoy.admin("/ready")).rejects.toMatchObject({ code: "envoy-failed" });
});

test("its output goes to the log file, and nothing of ours stays behind", async () => {
  // A folder for temporary files that no other test uses.
  const own = await temporaryFolder();
  const logFile = join(await temporaryFolder(), "envoy.log");
  const binary = await script(join(await temporaryFolder(), "envoy"), `echo out; echo err >&2`);
  vi.stubEnv("TMPDIR", own);
  onTestFinished(() => void vi.unstubAllEnvs());
  const envoy = await launchEnvoy({ binary, bootstrapFile, logFile });
  onTestFinished(() => envoy[Symbol.asyncDispose]());
  await envoy.exited;
  expect((await readFile(logFile, "utf8")).split("\n").sort()).toEqual(["", "err", "out"]);
  expect(await readdir(own)).toEqual([]);
});

test("it does not outlive the process that started it", async () => {
  const binary = await script(join(await temporaryFolder(), "envoy"), `${opens("127.0.0.1:1")}\n${lasts}`);
  const code = `const { launchEnvoy } = await import(${JSON.stringify(join(import.meta.dirname, "process.ts"))});
    const envoy = await launchEnvoy({ binary: process.argv[1], bootstrapFile: "b" });
    await envoy.ready;
    process.stdout.write(String(envoy.pid), () => process.exit(0));`;
  const parent = spawn(process.execPath, ["--input-type=module", "-e", code, binary], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let pid = "";
  parent.stdout.on("data", (chunk) => {
    pid += chunk;
  });
  await once(parent, "close");
  expect(Number(pid)).toBeGreaterThan(1);
  await expect.poll(() => isAlive(Number(pid))).toBe(false);
});

/** A zombie that nobody has reaped yet is not alive. */
async function isAlive(pid: number): Promise<boolean> {
  const there = await stat(`/proc/${pid}`).catch(() => undefined);
  if (there === undefined) return false;
  return !/^State:\s+Z/m.test(await readFile(`/proc/${pid}/status`, "utf8").catch(() => "State: Z"));
}
