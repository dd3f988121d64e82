/** A thread that answers over UDP, from copies of the zones; `workers.ts` starts it. */
import { subscribe } from "node:diagnostics_channel";
import { parentPort, receiveMessageOnPort, workerData } from "node:worker_threads";
import { DnsError } from "../error.ts";
import { createForwarder, type Forwarder } from "../forwarder/forwarder.ts";
import { writeForwarderStats } from "../forwarder/forwarder-stats.ts";
import { createAnswerer, type Exchange } from "./answerer.ts";
import type { DnsProblemMessage } from "./channels.ts";
import { createCounters } from "./counters.ts";
import { createEarlyZones } from "./early-zones.ts";
import type { ListenAddress } from "./listen-address.ts";
import { openUdp, type UdpListener } from "./udp-listener.ts";
import type { FromWorker, ToWorker, ViewNews, WorkerSetup } from "./worker-messages.ts";
import { createZoneCopies } from "./zone-copies.ts";

if (parentPort === null) throw new TypeError("this is the program of a worker thread");
/** How old the forwarder's counts may be. */
const NOTE_MS = 50;
const port = parentPort;
const setup = workerData as WorkerSetup;
const now = () => performance.now();
const listeners: UdpListener[] = [];
const zones = createZoneCopies(setup.views ? (address) => tell({ kind: "who", address }) : undefined);
const counters = createCounters(setup.counts);
const forwarder = setup.forwarder === undefined ? undefined : counted(createForwarder({ ...setup.forwarder, now }));
const early = setup.early === undefined ? undefined : createEarlyZones(setup.early);
const answer = createAnswerer({ zones, forwarder, counters, now, early });
let heard = 0;

function tell(message: FromWorker): void {
  port.postMessage(message);
}

/** What was published before a query came is known before it is answered. */
function answerNewest(exchange: Exchange): void {
  const told = Atomics.load(setup.told, 0);
  if (told !== heard) {
    heard = told;
    for (let next = receiveMessageOnPort(port); next !== undefined; next = receiveMessageOnPort(port)) {
      take(next.message as ToWorker);
    }
  }
  answer(exchange);
}

function take(message: ToWorker): void {
  if (message.kind === "view") zones.view(message.address, message.number);
  else if (message.kind === "views") takeViews(message.news);
  else if (message.kind === "listen") void listen(message.listen);
  else if (message.kind === "stop") void stop();
  else zones.take(message);
}

function takeViews({ changed, forgotten }: ViewNews): void {
  zones.forget(forgotten === "all" ? undefined : forgotten);
  for (const [address, number] of changed) zones.view(address, number);
}

async function listen(at: ListenAddress): Promise<void> {
  await zones.settled();
  try {
    listeners.push(await openUdp({ listen: at, reusePort: true, answer: answerNewest, now, onDrop: counters.drop }));
    tell({ kind: "listening" });
  } catch (error) {
    const { code, message } = error instanceof DnsError ? error : new DnsError("listen-failed", String(error));
    tell({ kind: "refused", code, message });
  }
}

async function stop(): Promise<void> {
  await Promise.all(listeners.map((listener) => listener.close()));
  forwarder?.close();
  process.exit(0);
}

/** The forwarder's counts are laid where the main thread reads them: now and then, since that costs more than a question. */
function counted(inner: Forwarder): Forwarder {
  let due = false;

  function note(): void {
    due = false;
    writeForwarderStats(inner.stats(), setup.forwarderStats);
  }

  function noteSoon(): void {
    if (due) return;
    due = true;
    setTimeout(note, NOTE_MS).unref();
  }

  return {
    ...inner,
    resolve(question, done) {
      noteSoon();
      inner.resolve(question, (response, ageSeconds) => {
        done(response, ageSeconds);
        noteSoon();
      });
    },
  };
}

subscribe("portolan:dns:problem", (problem) => tell({ kind: "problem", problem: problem as DnsProblemMessage }));
port.on("message", take);
