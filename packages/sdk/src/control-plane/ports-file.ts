import { readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** `DATA/ports.json`: what a running server listens on, for the command line and for scripts. It goes when the server ends by itself. */
export interface Ports {
  readonly pid: number;
  /** `IP:PORT` of each; absent where it is off. */
  readonly xds?: string;
  readonly xdsPlaintext?: string;
  readonly dns?: string;
  readonly dnsAddresses?: readonly string[];
  readonly admin?: string;
  /** Path of the Unix socket on which the command line speaks to the admin API. */
  readonly adminSocket: string;
}

export async function writePorts(data: string, ports: Ports): Promise<void> {
  const file = join(data, "ports.json");
  await writeFile(`${file}.new`, `${JSON.stringify(ports, null, 2)}\n`);
  await rename(`${file}.new`, file);
}

export async function removePorts(data: string): Promise<void> {
  await rm(join(data, "ports.json"), { force: true });
}

/** Undefined where no server has written it. */
export async function readPorts(data: string): Promise<Ports | undefined> {
  try {
    return JSON.parse(await readFile(join(data, "ports.json"), "utf8")) as Ports;
  } catch {
    return undefined;
  }
}
