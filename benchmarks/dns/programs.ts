import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** What is measured beside ours and what measures; undefined where this machine lacks it, and `missing` says why. */
export interface Programs {
  readonly load: string | undefined;
  readonly upstream: string | undefined;
  readonly coredns: string | undefined;
  readonly dnsmasq: string | undefined;
  readonly versions: Readonly<Record<string, string>>;
  readonly missing: readonly string[];
}

const folder = import.meta.dirname;
const built = join(folder, "../../.cache/bench");

export function buildPrograms(quick: boolean): Programs {
  mkdirSync(built, { recursive: true });
  const missing: string[] = [];

  function run(name: string, cwd: string, command: string, args: readonly string[]): string | undefined {
    const program = join(built, name);
    const { status, stderr, error } = spawnSync(command, [...args, program, ...sources(name)], {
      cwd: join(folder, cwd),
      encoding: "utf8",
      env: { ...process.env, GOTOOLCHAIN: "local", GOFLAGS: "-buildvcs=false" },
    });
    if (status === 0) return program;
    missing.push(`${name} is not measured: ${error?.message ?? stderr.trim().split("\n").at(-1)}`);
    return undefined;
  }

  const coredns = quick ? undefined : run("coredns", "coredns", "go", ["build", "-o"]);
  if (quick) missing.push("coredns is not measured: building it takes minutes, and this run is to be short");
  const dnsmasq = said("dnsmasq", ["--version"]);
  if (dnsmasq === undefined) missing.push("dnsmasq is not measured: this machine has none (Debian: dnsmasq-base)");
  return {
    load: run("dns-load", "load", "cc", ["-O2", "-o"]),
    upstream: run("dns-upstream", "load", "cc", ["-O2", "-o"]),
    coredns,
    dnsmasq: dnsmasq === undefined ? undefined : "dnsmasq",
    versions: {
      node: process.version,
      ...(coredns === undefined ? {} : { coredns: corednsVersion(), go: said("go", ["version"])?.split(" ")[2] ?? "" }),
      ...(dnsmasq === undefined ? {} : { dnsmasq: /version (\S+)/i.exec(dnsmasq)?.[1] ?? "" }),
      dns2: JSON.parse(readFileSync(join(folder, "../../packages/dns/node_modules/dns2/package.json"), "utf8")).version,
    },
    missing,
  };
}

function sources(name: string): readonly string[] {
  return name.startsWith("dns-") ? [`${name.slice(4)}.c`] : ["."];
}

function corednsVersion(): string {
  const modules = readFileSync(join(folder, "coredns/go.mod"), "utf8");
  return /github\.com\/coredns\/coredns (v\S+)/.exec(modules)?.[1] ?? "";
}

function said(command: string, args: readonly string[]): string | undefined {
  const { status, stdout } = spawnSync(command, args, { encoding: "utf8" });
  return status === 0 ? stdout : undefined;
}
