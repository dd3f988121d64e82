import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { XdsLimits } from "@portolan/xds";

export type LibraryCommand =
  | { readonly kind: "publish"; readonly change: number; readonly bytes: number }
  | { readonly kind: "figures" };

/** What a process holds, after a garbage collection. */
export interface LibraryFigures {
  readonly rss: number;
  readonly heapUsed: number;
  readonly files: number;
  /** Active resources by kind, timers among them. */
  readonly resources: Readonly<Record<string, number>>;
  readonly connections: number;
  /** Assignments that were not released. */
  readonly held: number;
}

export interface LibraryProcess extends AsyncDisposable {
  readonly pid: number;
  readonly plain: number;
  readonly secure: number;
  publish(change: number, bytes: number): void;
  figures(): Promise<LibraryFigures>;
}

/** Starts an xDS server in a process of its own, which listens in plaintext and with mutual TLS. */
export async function startLibrary(limits: Partial<XdsLimits> = {}): Promise<LibraryProcess> {
  const program = fileURLToPath(new URL("library-program.ts", import.meta.url));
  const child = fork(program, [JSON.stringify(limits)], {
    execArgv: ["--expose-gc"],
    env: { ...process.env, NODE_NO_WARNINGS: "1" },
  });
  const kill = () => child.kill("SIGKILL");
  process.once("exit", kill);
  const ended = once(child, "exit");
  const answer = async <Answer>(): Promise<Answer> => {
    const [message] = await Promise.race([
      once(child, "message"),
      ended.then(([code, signal]) => {
        throw new Error(`the server ended with ${code ?? signal}`);
      }),
    ]);
    return message as Answer;
  };
  const { ports } = await answer<{ ports: number[] }>();
  return {
    pid: child.pid ?? 0,
    plain: ports[0] ?? 0,
    secure: ports[1] ?? 0,
    publish: (change, bytes) => void child.send({ kind: "publish", change, bytes } satisfies LibraryCommand),
    async figures() {
      const answered = answer<LibraryFigures>();
      child.send({ kind: "figures" } satisfies LibraryCommand);
      return answered;
    },
    async [Symbol.asyncDispose]() {
      process.off("exit", kill);
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill("SIGKILL");
      await ended;
    },
  };
}
