import { readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** `DATA/ports.json`: what a running server listens on, for the command line and for scripts. */
export interface Ports {
  readonly pid: number;
  /** `IP:PORT` of each; absent where it is off. */
  readonly xds?: string;
  readonly xdsPlaintext?: string;
  readonly dns?: string;
  readonly admin?: string;
  /** Path of the Unix socket on which the command line speaks to the admin API. */
  readonly adminSocket: string;
}

export async function writePorts(data: string, ports: Ports): Promise<void> {
  const file = join(data, "ports.json");
  await writeFile(`${file}.new`, `${JSON.stringify(ports, null, 2)}\n`);
  await rename(`${file}.new`, file);
}

/** Undefined where no server has written it yet. */
export async function readPorts(data: string): Promise<Ports | undefined> {
  const text = await readFile(join(data, "ports.json"), "utf8").catch(() => undefined);
  return text === undefined ? undefined : (JSON.parse(text) as Ports);
}
