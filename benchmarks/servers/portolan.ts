import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { Agent, request } from "node:http";
import { join } from "node:path";
import type { Cores } from "../machine/cores.ts";
import { manifestOf } from "./corpus.ts";
import type { Server } from "./server.ts";
import { startProcess } from "./server-process.ts";

export interface PortolanOptions {
  readonly name?: string;
  /** The bundled command line. */
  readonly program: string;
  readonly cores: Cores;
  /** A folder of its own. */
  readonly directory: string;
  readonly services: number;
  /** The last so many services are written through the API; the others stand in files. */
  readonly throughApi?: number;
  readonly nodeFlags?: readonly string[];
  /** Threads that serve, on cores of their own; none: the main thread does. */
  readonly workers?: number;
  readonly env?: NodeJS.ProcessEnv;
  /** Start again on what the directory holds. */
  readonly again?: boolean;
}

export interface PortolanServer extends Server {
  /** A request to the admin API on its Unix socket. */
  ask(method: string, path: string, body?: string): Promise<string>;
}

/** Documents in a file. */
const FILE = 100;

/** This project's server as it is shipped: `portolan serve` on a folder of files, plaintext, everything else by default. */
export async function startPortolan(options: PortolanOptions): Promise<PortolanServer> {
  const { directory, services, throughApi = 0, cores, program, workers = 0 } = options;
  const inFiles = services - throughApi;
  const config = join(directory, "config");
  const data = join(directory, "data");
  const texts = Array.from({ length: inFiles }, (_, service) => manifestOf(service));
  const fileOf = (service: number) => Math.floor(service / FILE);
  const write = async (file: number) => {
    const path = join(config, `${file}.yaml`);
    await writeFile(`${path}.new`, texts.slice(file * FILE, (file + 1) * FILE).join("---\n"));
    await rename(`${path}.new`, path);
  };
  if (options.again !== true) {
    await mkdir(config, { recursive: true });
    for (let file = 0; file * FILE < inFiles; file++) await write(file);
  }
  const serve = ["serve", "--config", config, "--data", data, "--dns", "off", "--admin", "127.0.0.1:0"];
  const process_ = startProcess({
    command: (workers === 0 ? cores.serverCommand : cores.threadsCommand)([
      process.execPath,
      ...(options.nodeFlags ?? []),
      program,
      ...serve,
      ...["--xds", "127.0.0.1:0", "--xds-plaintext", "127.0.0.1:0", "--workers", String(workers)],
    ]),
    env: options.env ?? {},
    log: join(directory, "portolan.log"),
  });
  try {
    await process_.said(/serves \d+ services/);
    const ports = JSON.parse(await readFile(join(data, "ports.json"), "utf8"));
    const ask = asker(ports.adminSocket);
    if (options.again !== true) {
      for (let service = inFiles; service < services; service++)
        await ask("POST", "/api/v1/apply", manifestOf(service));
    }
    return {
      name: options.name ?? "portolan",
      process: process_,
      port: Number(String(ports.xdsPlaintext).split(":").at(-1)),
      ask,
      ways: [
        {
          name: "file",
          services: { from: 0, to: inFiles },
          async change(service: number, address: string) {
            texts[service] = manifestOf(service, address);
            await write(fileOf(service));
          },
        },
        {
          name: "API",
          services: { from: inFiles, to: services },
          change: async (service: number, address: string) => {
            await ask("POST", "/api/v1/apply", manifestOf(service, address));
          },
        },
      ].filter(({ services: { from, to } }) => from < to),
      [Symbol.asyncDispose]: () => process_.stop(),
    };
  } catch (error) {
    await process_.stop("SIGKILL");
    throw error;
  }
}

function asker(socketPath: string): PortolanServer["ask"] {
  const agent = new Agent({ keepAlive: true, maxSockets: 100 });
  return (method, path, body) =>
    new Promise((resolve, reject) => {
      const headers =
        body === undefined ? {} : { "content-type": "application/yaml", "content-length": Buffer.byteLength(body) };
      const asked = request({ socketPath, agent, method, path, headers }, (response) => {
        let text = "";
        response.setEncoding("utf8").on("data", (part: string) => (text += part));
        response.once("error", reject);
        response.once("end", () => {
          if (response.statusCode === 200) resolve(text);
          else reject(new Error(`${method} ${path}: ${response.statusCode} ${text.slice(0, 300)}`));
        });
      });
      asked.once("error", reject);
      asked.end(body);
    });
}
