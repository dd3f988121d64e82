import { spawnSync } from "node:child_process";
import { availableParallelism } from "node:os";

/** How server and client are kept apart. */
export interface Cores {
  readonly count: number;
  /** Whether each is pinned to a core of its own. */
  readonly pinned: boolean;
  /** The command line that starts a server on its core. */
  serverCommand(command: readonly string[]): readonly string[];
  /** The same for a server of several threads: on every core but the client's. */
  threadsCommand(command: readonly string[]): readonly string[];
}

const SERVER_CORE = 0;
const CLIENT_CORE = 1;

/** Pins this process, the client, to one core; servers get another one. */
export function takeCores(): Cores {
  const count = availableParallelism();
  const pinned =
    count >= 2 && spawnSync("taskset", ["-a", "-c", "-p", String(CLIENT_CORE), String(process.pid)]).status === 0;
  const others = Array.from({ length: count }, (_, core) => core).filter((core) => core !== CLIENT_CORE);
  const on = (cores: readonly number[]) => (command: readonly string[]) =>
    pinned ? ["taskset", "-c", cores.join(), ...command] : command;
  return { count, pinned, serverCommand: on([SERVER_CORE]), threadsCommand: on(others) };
}
