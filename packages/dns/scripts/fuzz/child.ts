import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { TargetMessage } from "./target.ts";

export interface Target {
  readonly port: number;
  /** Everything that went wrong in it, in order; its end is the last. */
  readonly failures: readonly string[];
  readonly alive: boolean;
  /** After a garbage collection. */
  measure(): Promise<Measured>;
  stop(): Promise<void>;
}

export interface Measured {
  readonly rssBytes: number;
  readonly heapBytes: number;
  /** Open files and sockets. */
  readonly descriptors: number;
  readonly answered: number;
  readonly dropped: number;
  readonly tcpConnections: number;
  readonly cpuMs: number;
}

const CLOCK_TICKS = 100;
const PAGE = 4096;

/**
 * So that memory says what is kept, not what was needed once: a small room for young objects, which else grows with what is allocated up
 * to some 200 MB, and an allocator that gives free memory back.
 */
const execArgv = ["--expose-gc", "--max-semi-space-size=4"];
const ALLOCATOR = { MALLOC_ARENA_MAX: "2", MALLOC_TRIM_THRESHOLD_: "131072", MALLOC_MMAP_THRESHOLD_: "32768" };

/** Starts the server in a process of its own. */
export async function startTarget(upstreams: readonly string[] = []): Promise<Target> {
  const child = fork(join(import.meta.dirname, "target.ts"), upstreams, {
    execArgv,
    env: { ...process.env, ...ALLOCATOR },
  });
  const failures: string[] = [];
  let stopping = false;
  child.on("message", (message: TargetMessage) => {
    if (message.kind === "failure") failures.push(message.what);
  });
  child.on("exit", (code, signal) => {
    if (!stopping) failures.push(`the server ended: ${signal ?? code}`);
  });
  const ended = once(child, "exit").then(() => {
    throw new Error("the server ended");
  });
  ended.catch(() => undefined);
  const heard = <Kind extends TargetMessage["kind"]>(kind: Kind) => Promise.race([ended, next(child, kind)]);
  const { port } = await heard("ready");
  return {
    port,
    failures,
    get alive() {
      return child.exitCode === null && child.signalCode === null;
    },
    async measure() {
      child.send("stats");
      const { answered, dropped, tcpConnections, heapBytes } = await heard("stats");
      return { ...processFigures(child.pid ?? 0), answered, dropped, tcpConnections, heapBytes };
    },
    async stop() {
      stopping = true;
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill("SIGKILL");
      await once(child, "exit");
    },
  };
}

function processFigures(pid: number) {
  const pages = Number(readFileSync(`/proc/${pid}/statm`, "utf8").split(" ")[1]);
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
  return {
    rssBytes: pages * PAGE,
    descriptors: readdirSync(`/proc/${pid}/fd`).length,
    cpuMs: ((Number(fields[11]) + Number(fields[12])) * 1000) / CLOCK_TICKS,
  };
}

function next<Kind extends TargetMessage["kind"]>(child: ChildProcess, kind: Kind) {
  type Heard = Extract<TargetMessage, { kind: Kind }>;
  return new Promise<Heard>((resolve) => {
    const listener = (message: TargetMessage) => {
      if (message.kind !== kind) return;
      child.off("message", listener);
      resolve(message as Heard);
    };
    child.on("message", listener);
  });
}
