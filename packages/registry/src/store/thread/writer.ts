import { Worker } from "node:worker_threads";
import { RegistryError } from "../../errors.ts";
import type { FromStoreThread, StoreThreadSetup, ToStoreThread } from "./messages.ts";

/** The store's thread, as the main thread sees it. */
export interface Writer {
  /** Resolves when the thread runs; rejects where it cannot be started. */
  readonly ready: Promise<void>;
  /** Rejects with `store-failed`, also where the thread ends before it answers. */
  ask(message: Exclude<ToStoreThread, { kind: "copy" }>): Promise<void>;
  copy(): Promise<Uint8Array>;
  /** Resolves when it runs no more. */
  end(): Promise<void>;
}

/** In a checkout the program is TypeScript; it lies beside this module in each form. */
const program = new URL(import.meta.url.endsWith(".ts") ? "./store-thread.ts" : "./store-thread.js", import.meta.url);

/** Only what it is asked to do keeps the process alive. `ended` is called once, whyever it ends. */
export function startWriter(directory: string, ended: () => void): Writer {
  const setup: StoreThreadSetup = { directory };
  // What it holds is one batch of rows.
  const resourceLimits = { maxYoungGenerationSizeMb: 1 };
  const thread = new Worker(program, { workerData: setup, name: "portolan-store", resourceLimits });
  const ready = Promise.withResolvers<void>();
  const asked: PromiseWithResolvers<FromStoreThread>[] = [];
  let failure: unknown;
  thread.unref();
  // Whoever asks is told.
  ready.promise.catch(() => undefined);
  thread.on("message", (message: FromStoreThread) => {
    if (message.kind === "ready") return ready.resolve();
    const question = asked.shift();
    if (asked.length === 0) thread.unref();
    if (message.kind === "failed") question?.reject(new RegistryError("store-failed", message.message));
    else question?.resolve(message);
  });
  thread.on("error", (error) => {
    failure = error;
  });
  thread.on("exit", (code) => {
    const reason = failure instanceof Error ? failure.message : `code ${code}`;
    const message = `the thread that writes to ${directory} ended: ${reason}`;
    const error = new RegistryError("store-failed", message, [], failure);
    ready.reject(error);
    ended();
    for (const question of asked.splice(0)) question.reject(error);
  });

  function ask(message: ToStoreThread): Promise<FromStoreThread> {
    const question = Promise.withResolvers<FromStoreThread>();
    asked.push(question);
    thread.ref();
    thread.postMessage(message);
    return question.promise;
  }
  return {
    ready: ready.promise,
    async ask(message) {
      await ask(message);
    },
    async copy() {
      const answer = await ask({ kind: "copy" });
      if (answer.kind === "copied") return answer.bytes;
      throw new RegistryError("store-failed", `the thread that writes to ${directory} gave no copy`);
    },
    async end() {
      await thread.terminate();
    },
  };
}
