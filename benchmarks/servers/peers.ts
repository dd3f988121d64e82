import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Cores } from "../machine/cores.ts";
import type { Recording } from "./recording.ts";
import type { Server } from "./server.ts";
import { startProcess } from "./server-process.ts";

/** The programs that are measured beside ours; `missing` says why one cannot be built here. */
export interface PeerPrograms {
  readonly goControlPlane: string | undefined;
  readonly floor: string | undefined;
  readonly missing: readonly string[];
}

const root = join(import.meta.dirname, "..");
const built = join(root, "..", ".cache", "bench");

/** `quick`: go-control-plane only where it was built before, since its first build takes minutes and the network. */
export function buildPeers(quick: boolean): PeerPrograms {
  mkdirSync(built, { recursive: true });
  const missing: string[] = [];
  const skipped = quick && !existsSync(join(built, "go-control-plane"));
  if (skipped) missing.push("go-control-plane is not measured: it was never built here, and this run is to be short");
  const build = (name: string, folder: string, command: string, args: readonly string[]) => {
    const program = join(built, name);
    const { status, stderr, error } = spawnSync(command, [...args, program], {
      cwd: join(root, folder),
      encoding: "utf8",
      env: { ...process.env, GOTOOLCHAIN: "local", GOFLAGS: "-buildvcs=false" },
    });
    if (status === 0) return program;
    const said = error?.message ?? stderr.trim().split("\n").at(-1) ?? "";
    missing.push(`${name} is not measured: ${command} ${args[0]}: ${said}`);
    return undefined;
  };
  return {
    goControlPlane: skipped ? undefined : build("go-control-plane", "peers", "go", ["build", "-o"]),
    floor: platformHasEpoll() ? build("floor", "floor", "cc", ["-O2", "floor.c", "-o"]) : undefined,
    missing,
  };
}

export async function startGoControlPlane(
  program: string,
  cache: "snapshot" | "linear",
  recording: Recording,
  cores: Cores,
  directory: string,
): Promise<Server> {
  const command = [program, "-cache", cache, "-resources", recording.resources];
  return startPeer(`go-control-plane, ${cache} cache`, command, cores, directory);
}

export async function startFloor(
  program: string,
  recording: Recording,
  cores: Cores,
  directory: string,
): Promise<Server> {
  const { hello, first, change, offset } = recording;
  return startPeer("kernel floor", [program, hello, first, change, String(offset)], cores, directory);
}

async function startPeer(name: string, command: readonly string[], cores: Cores, directory: string): Promise<Server> {
  const peer = startProcess({ command: cores.serverCommand(command), log: join(directory, "peers.log") });
  try {
    const port = Number((await peer.said(/listening (\d+)/))[1]);
    const change = async (service: number, address: string) => peer.tell(`${service} ${address}`);
    return {
      name,
      process: peer,
      port,
      ways: [{ name: "", services: { from: 0, to: Number.POSITIVE_INFINITY }, change }],
      [Symbol.asyncDispose]: () => peer.stop(),
    };
  } catch (error) {
    await peer.stop("SIGKILL");
    throw error;
  }
}

function platformHasEpoll(): boolean {
  return process.platform === "linux";
}
