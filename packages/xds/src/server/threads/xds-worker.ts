/** A thread that serves streams; `workers.ts` starts it. */
import { parentPort, workerData } from "node:worker_threads";
import { createStreamServer } from "../stream-server.ts";
import type { FromThread, ThreadSetup, ToThread } from "./messages.ts";
import { createOutbox } from "./outbox.ts";
import { createRelay } from "./relay.ts";
import { createRemoteHome } from "./remote-home.ts";

if (parentPort === null) throw new TypeError("this is the program of a worker thread");
const port = parentPort;
const { clockMs, streams, furtherPaths, ...setup } = workerData as ThreadSetup;
// The clocks of `performance` start with their thread, that of `process.hrtime` is one for all.
const offsetMs = clockMs + Number(process.hrtime.bigint()) / 1e6 - performance.now();
const outbox = createOutbox((news) => tell({ kind: "turn", news }));
const home = createRemoteHome(outbox);
const relay = createRelay(setup.limits.maxRequestBytes, outbox.post);
const relayed = new Set(furtherPaths);
const server = createStreamServer({
  ...setup,
  now: () => performance.now() + offsetMs,
  home,
  further: (path) => (relayed.has(path) ? relay.pass : undefined),
  nextStream: () => Number(Atomics.add(streams, 0, 1n)) + 1,
  touch: outbox.touch,
  reusePort: true,
});

function tell(message: FromThread): void {
  port.postMessage(message);
}

function take(message: ToThread): void {
  switch (message.kind) {
    case "snapshot": {
      const views = server.take(message.message);
      outbox.post({ kind: "revision", revision: message.message.revision, views });
      return;
    }
    case "listen":
      void open(message.listener, message.port);
      return;
    case "certificates":
      server.setCertificates(message.tls);
      return;
    case "decided":
    case "reassigned":
    case "secret":
      home.take(message);
      return;
    case "stop":
      void stop(message.graceMs);
      return;
    default:
      relay.take(message);
  }
}

async function open(listener: number, wanted: number): Promise<void> {
  try {
    tell({ kind: "listening", listener, port: await server.bind(listener, wanted) });
  } catch (cause) {
    tell({ kind: "not-listening", listener, message: cause instanceof Error ? cause.message : String(cause) });
  }
}

async function stop(graceMs: number): Promise<void> {
  await server.stop(graceMs);
  outbox.flush();
  tell({ kind: "stopped" });
}

port.on("message", take);
