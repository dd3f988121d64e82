import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { arch, cpus, platform, release, totalmem } from "node:os";
import { join } from "node:path";
import type { Cores } from "./cores.ts";

/** Where and with what figures were taken. */
export interface Machine {
  readonly date: string;
  readonly commit: string;
  readonly system: string;
  readonly processor: string;
  readonly cores: number;
  readonly pinned: boolean;
  readonly memoryGb: number;
  readonly versions: Readonly<Record<string, string>>;
}

export function describeMachine(cores: Cores): Machine {
  const modules = readFileSync(join(import.meta.dirname, "..", "peers", "go.mod"), "utf8");
  const moduleVersion = (name: string) => new RegExp(`${name} (v\\S+)`).exec(modules)?.[1] ?? "unknown";
  const changed = said("git", ["status", "--porcelain", "packages"]) === "" ? "" : ", with changes";
  return {
    date: new Date().toISOString().slice(0, 10),
    commit: `${said("git", ["rev-parse", "--short", "HEAD"])}${changed}`,
    system: `${platform()} ${release()} ${arch()}`,
    processor: cpus()[0]?.model.trim() ?? "unknown",
    cores: cores.count,
    pinned: cores.pinned,
    memoryGb: Math.round(totalmem() / 2 ** 30),
    versions: {
      node: process.version,
      go: said("go", ["version"]).split(" ")[2] ?? "none",
      "go-control-plane": moduleVersion("go-control-plane"),
      "grpc-go": moduleVersion("google.golang.org/grpc"),
      cc: said("cc", ["--version"]).split("\n")[0] || "none",
    },
  };
}

function said(command: string, args: readonly string[]): string {
  try {
    return execFileSync(command, args, {
      cwd: import.meta.dirname,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    }).trim();
  } catch {
    return "";
  }
}
