import { spawn } from "node:child_process";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import type { Cores } from "../machine/cores.ts";
import type { Programs } from "./programs.ts";
import { hostAddress, hostName, NAMES } from "./servers/names.ts";

export interface Server {
  readonly name: string;
  readonly pid: number;
  readonly port: number;
  stop(): Promise<void>;
}

type Command = (port: number) => readonly string[] | Promise<readonly string[]>;

/** The command that starts another one on the cores that it is to have. */
export type Place = (command: readonly string[]) => readonly string[];

const open = new Set<Server>();

/** For a run that ends before its servers were stopped. */
export async function stopAll(): Promise<void> {
  for (const server of open) await server.stop();
}

/** The servers that know the names themselves, as far as they are here. */
export async function startAnswering(programs: Programs, cores: Cores, directory: string): Promise<readonly Server[]> {
  const start = (name: string, command: Command) => startServer(name, command, cores.serverCommand);
  const hosts = await writeHosts(directory);
  const { coredns, dnsmasq } = programs;
  return [
    await start("portolan", (port) => script("portolan.ts", port)),
    await start("dgram echo", (port) => script("echo.ts", port)),
    await start("dns2", (port) => script("dns2.ts", port)),
    ...(coredns === undefined
      ? []
      : [
          await start("CoreDNS hosts", async (port) => [
            coredns,
            "-conf",
            await corefile(directory, port, hostsPlugin(hosts)),
          ]),
        ]),
    ...(dnsmasq === undefined
      ? []
      : [
          await start("dnsmasq", (port) => [
            ...[
              dnsmasq,
              "--keep-in-foreground",
              "--conf-file=/dev/null",
              "--no-resolv",
              "--no-hosts",
              "--user=",
              "--pid-file=",
            ],
            ...[`--addn-hosts=${hosts}`, "--local=/global/", "--local-ttl=30", "--cache-size=10000"],
            ...[`--port=${port}`, "--listen-address=127.0.0.1", "--bind-interfaces"],
          ]),
        ]),
  ];
}

/** Servers with several threads. */
export async function startThreaded(programs: Programs, place: Place, directory: string): Promise<readonly Server[]> {
  const { coredns } = programs;
  const hosts = await writeHosts(directory);
  const servers: Server[] = [];
  for (const workers of [1, 2]) {
    const name = `portolan, ${workers} ${workers === 1 ? "worker" : "workers"}`;
    servers.push(await startServer(name, (port) => script("portolan.ts", port, workers), place));
  }
  if (coredns !== undefined) {
    const command = async (port: number) => {
      const file = await corefile(directory, port, hostsPlugin(hosts));
      return ["env", "GOMAXPROCS=2", coredns, "-conf", file];
    };
    servers.push(await startServer("CoreDNS hosts, GOMAXPROCS=2", command, place));
  }
  return servers;
}

async function writeHosts(directory: string): Promise<string> {
  const hosts = join(directory, "hosts");
  const lines = Array.from({ length: NAMES }, (_, i) => `${hostAddress(i)} ${hostName(i)}`);
  await writeFile(hosts, `${lines.join("\n")}\n`);
  return hosts;
}

function hostsPlugin(hosts: string): string {
  return `hosts ${hosts} {\n ttl 30\n reload 0\n }`;
}

/** The servers that ask an upstream; `cached`: they keep its answers. */
export async function startForwarding(
  programs: Programs,
  cores: Cores,
  directory: string,
  upstream: number,
  cached: boolean,
): Promise<readonly Server[]> {
  const { coredns } = programs;
  const to = `127.0.0.1:${upstream}`;
  const servers = [
    await startServer(
      "portolan",
      (port) => script("portolan.ts", port, 0, to, cached ? "4194304" : "0"),
      cores.serverCommand,
    ),
  ];
  if (coredns !== undefined) {
    const plugins = `forward . ${to}${cached ? "\ncache 3600" : ""}`;
    const command = async (port: number) => [coredns, "-conf", await corefile(directory, port, plugins)];
    servers.push(await startServer(`CoreDNS forward${cached ? ", cache" : ""}`, command, cores.serverCommand));
  }
  return servers;
}

export async function startUpstream(program: string, ttlSeconds: number): Promise<Server> {
  return startServer(
    "upstream",
    (port) => [program, String(port), String(ttlSeconds)],
    (words) => words,
  );
}

async function corefile(directory: string, port: number, plugins: string): Promise<string> {
  const file = join(directory, `Corefile-${port}`);
  await writeFile(file, `.:${port} {\n bind 127.0.0.1\n ${plugins}\n}\n`);
  return file;
}

function script(name: string, ...args: readonly (string | number)[]): readonly string[] {
  return [process.execPath, join(import.meta.dirname, "servers", name), ...args.map(String)];
}

async function startServer(name: string, command: Command, place: Place): Promise<Server> {
  const port = await freePort();
  const words = await command(port);
  const [program = "", ...args] = place(words);
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (text: Buffer) => {
      said = `${said}${text}`.slice(-2_000);
    });
  }
  const stop = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill("SIGKILL");
    await once(child, "exit");
  };
  try {
    await answers(port, () => child.exitCode !== null);
  } catch (error) {
    await stop();
    throw new Error(`${name} does not answer: ${said}`, { cause: error });
  }
  const server: Server = {
    name,
    pid: child.pid ?? 0,
    port,
    async stop() {
      open.delete(server);
      await stop();
    },
  };
  open.add(server);
  return server;
}

/** A port that is free for UDP and TCP. */
async function freePort(): Promise<number> {
  for (;;) {
    const udp = createSocket("udp4");
    udp.bind(0, "127.0.0.1");
    await once(udp, "listening");
    const { port } = udp.address();
    const tcp = createServer();
    const free = await new Promise<boolean>((resolve) => {
      tcp.once("error", () => resolve(false));
      tcp.listen(port, "127.0.0.1", () => resolve(true));
    });
    await Promise.all([
      new Promise<void>((resolve) => udp.close(() => resolve())),
      new Promise<void>((resolve) => tcp.close(() => resolve())),
    ]);
    if (free) return port;
  }
}

/** Asks until something comes back. */
async function answers(port: number, gone: () => boolean): Promise<void> {
  const socket = createSocket("udp4");
  let answered = false;
  socket.on("message", () => {
    answered = true;
  });
  socket.on("error", () => {});
  const query = Buffer.from("0001010000010000000000000268300473686f7006676c6f62616c0000010001", "hex");
  for (let attempt = 0; attempt < 600 && !answered && !gone(); attempt++) {
    socket.send(query, port, "127.0.0.1");
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  socket.close();
  if (!answered) throw new Error("no answer");
}
