/** The thread that makes writes durable: a program of its own, started by `writer.ts`. */
import { parentPort, workerData } from "node:worker_threads";
import type { OpenedStore } from "../sqlite.ts";
import type { FromStoreThread, StoreThreadSetup, ToStoreThread } from "./messages.ts";
import { reopenStore } from "./reopen.ts";

const { directory }: StoreThreadSetup = workerData;
let store: OpenedStore | undefined;

function answer(message: ToStoreThread): FromStoreThread {
  if (message.kind === "open") store = reopenStore(directory, (found) => found === message.revision);
  else if (store === undefined) throw new Error(`the data in ${directory} are not open`);
  else if (message.kind === "commit") store.commit(message.change);
  else if (message.kind === "copy") return { kind: "copied", bytes: store.copy() };
  else store.close();
  return { kind: "done" };
}

function post(message: FromStoreThread): void {
  parentPort?.postMessage(message);
}

parentPort?.on("message", (message: ToStoreThread) => {
  try {
    post(answer(message));
  } catch (cause) {
    post({ kind: "failed", message: cause instanceof Error ? cause.message : String(cause) });
  }
});
post({ kind: "ready" });
