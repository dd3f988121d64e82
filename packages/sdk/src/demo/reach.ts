import { connect } from "node:net";

export interface Reached {
  readonly target: string;
  readonly open: boolean;
  /** The system's error code where it is not. */
  readonly reason: string;
}

/** Tries to open a TCP connection to `IP:PORT`. */
export function reach(target: string, timeoutMs = 2_000): Promise<Reached> {
  const at = target.lastIndexOf(":");
  return new Promise((resolve) => {
    const socket = connect({ host: target.slice(0, at), port: Number(target.slice(at + 1)) });
    const end = (open: boolean, reason: string) => {
      socket.destroy();
      resolve({ target, open, reason });
    };
    socket.setTimeout(timeoutMs, () => end(false, "ETIMEDOUT"));
    socket.once("connect", () => end(true, ""));
    socket.once("error", (error: NodeJS.ErrnoException) => end(false, error.code ?? error.message));
  });
}
