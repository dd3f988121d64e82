import { lookup } from "node:dns/promises";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { type DnsAnswer, type DnsQuery, queryDns } from "@portolan/dns";

/** What decides on a machine whom its programs ask for names. Tests give their own. */
export interface DnsMachine {
  readonly files: DnsFiles;
  ask(query: DnsQuery): Promise<DnsAnswer>;
  /** IPv4 and IPv6 addresses that the C library finds; empty where it finds none. Undefined: it cannot be asked. */
  readonly lookUp: ((name: string) => Promise<readonly string[]>) | undefined;
}

export interface DnsFiles {
  readonly resolvConf: string;
  readonly hosts: string;
  readonly nsswitch: string;
  /** Files, and folders whose files count too. */
  readonly dnsmasq: readonly string[];
  readonly systemdResolved: readonly string[];
}

/** Where Linux distributions put them, below a root. */
function systemFiles(root: string): DnsFiles {
  const below = (...paths: readonly string[]) => paths.map((path) => join(root, path));
  return {
    resolvConf: join(root, "/etc/resolv.conf"),
    hosts: join(root, "/etc/hosts"),
    nsswitch: join(root, "/etc/nsswitch.conf"),
    dnsmasq: below("/etc/dnsmasq.conf", "/etc/dnsmasq.d"),
    systemdResolved: below(
      "/etc/systemd/resolved.conf",
      "/usr/lib/systemd/resolved.conf.d",
      "/run/systemd/resolved.conf.d",
      "/etc/systemd/resolved.conf.d",
    ),
  };
}

/** This machine; with a root, the files of another one (a container's, say), whose C library cannot be asked. */
export function thisMachine(root?: string): DnsMachine {
  return {
    files: systemFiles(root ?? "/"),
    ask: (query) => queryDns({ timeoutMs: 2_000, ...query }),
    lookUp: root === undefined ? addressesOf : undefined,
  };
}

async function addressesOf(name: string): Promise<readonly string[]> {
  const found = await lookup(name, { all: true }).catch(() => []);
  return found.map(({ address }) => address);
}

/** Undefined where it cannot be read. */
export async function readText(path: string): Promise<string | undefined> {
  return readFile(path, "utf8").catch(() => undefined);
}

/** Each file that there is, with its text, in the order in which programs read them. */
export async function readAll(paths: readonly string[]): Promise<readonly { path: string; text: string }[]> {
  const found: { path: string; text: string }[] = [];
  for (const path of paths) {
    const names = await readdir(path).catch(() => undefined);
    const files = names === undefined ? [path] : names.sort().map((name) => join(path, name));
    for (const file of files) {
      const text = await readText(file);
      if (text !== undefined) found.push({ path: file, text });
    }
  }
  return found;
}
