import { spawnSync } from "node:child_process";
import { availableParallelism } from "node:os";

/** How server and client are kept apart. */
export interface Cores {
  readonly count: number;
  /** Whether each is pinned to a core of its own. */
  readonly pinned: boolean;
  /** The command line that starts a server on its core. */
  serverCommand(command: readonly string[]): readonly string[];
}

const SERVER_CORE = 0;
const CLIENT_CORE = 1;

/** Pins this process, the client, to one core; servers get another one. */
export function takeCores(): Cores {
  const count = availableParallelism();
  const pinned =
    count >= 2 && spawnSync("taskset", ["-a", "-c", "-p", String(CLIENT_CORE), String(process.pid)]).status === 0;
  return {
    count,
    pinned,
    serverCommand: (command) => (pinned ? ["taskset", "-c", String(SERVER_CORE), ...command] : command),
  };
}
