import { Worker } from "node:worker_threads";
import { DnsError } from "../error.ts";
import type { ForwarderOptions } from "../forwarder/forwarder.ts";
import { forwarderStatsLength } from "../forwarder/forwarder-stats.ts";
import type { ZoneOptions } from "../zone/zone.ts";
import { problemChannel, report } from "./channels.ts";
import { createClientViews } from "./client-views.ts";
import { COUNTERS_LENGTH } from "./counters.ts";
import type { ListenAddress } from "./listen-address.ts";
import type { FromWorker, ToWorker, WorkerSetup } from "./worker-messages.ts";
import { createZoneMirror } from "./zone-mirror.ts";
import type { Zones } from "./zone-source.ts";

/** Threads that answer over UDP. One that ends is replaced. */
export interface Workers {
  /** Opens a socket of each worker there. */
  listen(at: ListenAddress): Promise<void>;
  readonly counts: readonly Float64Array[];
  readonly forwarderStats: readonly Float64Array[];
  /** The threads that run now. */
  readonly threads: readonly Worker[];
  close(): Promise<void>;
}

export interface WorkersOptions {
  readonly count: number;
  readonly zones: Zones;
  readonly views: boolean;
  readonly early: ZoneOptions | undefined;
  readonly forwarder: Omit<ForwarderOptions, "now"> | undefined;
}

interface Seat {
  readonly setup: WorkerSetup;
  thread: Worker;
  /** Settled by the answer to the last `listen`. */
  listening: PromiseWithResolvers<void> | undefined;
  listeningAt: ListenAddress | undefined;
}

/** A worker that lived less than this is not replaced at once. */
const RESTART_MS = 1_000;
const STOP_MS = 2_000;

/** In a checkout the program is TypeScript; it lies beside this module in each form. */
const program = new URL(import.meta.url.endsWith(".ts") ? "./dns-worker.ts" : "./dns-worker.js", import.meta.url);

export function startWorkers({ count, zones, views, early, forwarder }: WorkersOptions): Workers {
  const told = new Int32Array(new SharedArrayBuffer(4));
  const places: ListenAddress[] = [];
  const seats: Seat[] = [];
  let closing = false;
  let restart: NodeJS.Timeout | undefined;

  const clients = createClientViews(zones);

  function tellAll(message: ToWorker): void {
    for (const seat of seats) post(seat, message);
    // After the messages: whoever sees the new number finds them.
    Atomics.add(told, 0, 1);
  }

  const mirror = createZoneMirror(zones, tellAll, () => {
    const news = clients.published();
    if (news !== undefined) tellAll({ kind: "views", news });
  });

  function spawn(setup: WorkerSetup): Worker {
    return new Worker(program, { workerData: setup, name: "portolan-dns" });
  }

  function post(seat: Seat, message: ToWorker): void {
    seat.thread.postMessage(message);
  }

  function follow(seat: Seat): void {
    const { thread } = seat;
    const startMs = performance.now();
    thread.on("message", (message: FromWorker) => hear(seat, message));
    thread.on("error", (error) => report("worker", error));
    thread.on("exit", (code) => {
      seat.listening?.reject(new DnsError("listen-failed", `a DNS worker ended with code ${code}`));
      if (closing) return;
      report("worker", `a DNS worker ended with code ${code}: another takes its place`);
      const waitMs = performance.now() - startMs < RESTART_MS ? RESTART_MS : 0;
      restart = setTimeout(() => replace(seat), waitMs);
    });
    for (const news of mirror.whole()) post(seat, news);
  }

  function replace(seat: Seat): void {
    if (closing) return;
    seat.thread = spawn(seat.setup);
    follow(seat);
    const openAll = async () => {
      for (const at of places) await listenAt(seat, at);
    };
    openAll().catch((error: unknown) => {
      report("worker", error);
      void seat.thread.terminate();
    });
  }

  function hear(seat: Seat, message: FromWorker): void {
    switch (message.kind) {
      case "who":
        // All of them: the client's next question may come to another.
        tellAll({ kind: "view", address: message.address, number: clients.numberFor(message.address) });
        break;
      case "listening":
        seat.listening?.resolve();
        break;
      case "refused":
        seat.listening?.reject(new DnsError(message.code, message.message, { listen: seat.listeningAt }));
        break;
      case "problem":
        problemChannel.publish(message.problem);
    }
  }

  function listenAt(seat: Seat, at: ListenAddress): Promise<void> {
    seat.listening = Promise.withResolvers<void>();
    seat.listeningAt = at;
    post(seat, { kind: "listen", listen: at });
    return seat.listening.promise;
  }

  for (let i = 0; i < count; i++) {
    const setup: WorkerSetup = {
      counts: shared(COUNTERS_LENGTH),
      forwarderStats: shared(forwarderStatsLength(forwarder?.upstreams.length ?? 0)),
      told,
      views,
      early,
      forwarder,
    };
    const seat: Seat = { setup, thread: spawn(setup), listening: undefined, listeningAt: undefined };
    follow(seat);
    seats.push(seat);
  }

  return {
    async listen(at) {
      await Promise.all(seats.map((seat) => listenAt(seat, at)));
      places.push(at);
    },
    counts: seats.map(({ setup }) => setup.counts),
    forwarderStats: seats.map(({ setup }) => setup.forwarderStats),
    get threads() {
      return seats.map(({ thread }) => thread);
    },
    async close() {
      closing = true;
      clearTimeout(restart);
      mirror.close();
      await Promise.all(seats.map(end));
    },
  };

  function end(seat: Seat): Promise<void> {
    return new Promise((resolve) => {
      const { thread } = seat;
      if (thread.threadId === -1) return resolve();
      const timer = setTimeout(() => void thread.terminate(), STOP_MS);
      thread.once("exit", () => {
        clearTimeout(timer);
        resolve();
      });
      post(seat, { kind: "stop" });
    });
  }
}

function shared(length: number): Float64Array {
  return new Float64Array(new SharedArrayBuffer(8 * length));
}
