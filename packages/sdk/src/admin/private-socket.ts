import { rm } from "node:fs/promises";
import type { Server } from "node:http";
import { isMainThread } from "node:worker_threads";
import { printable } from "@portolan/model";
import { SdkError } from "../error.ts";

/**
 * Listens on a Unix socket that only this user may connect to: it is made with 0600, whatever the umask. What is in its place goes.
 *
 * @throws SdkError `data-not-writable`
 */
export async function listenPrivately(server: Server, path: string): Promise<void> {
  try {
    await rm(path, { force: true });
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      withUmask(0o177, () => server.listen({ path }, resolve));
    });
  } catch (error) {
    const reason = printable((error as Error).message, 300);
    throw new SdkError(
      "data-not-writable",
      `the admin API's socket ${path} cannot be made: ${reason}; choose another folder with --data`,
      { cause: error },
    );
  }
}

/** `listen` binds before it returns (net.Server, on a path), so nothing else is made under this umask. Worker threads may not set it. */
function withUmask(mask: number, work: () => void): void {
  if (!isMainThread) {
    work();
    return;
  }
  const former = process.umask(mask);
  try {
    work();
  } finally {
    process.umask(former);
  }
}
