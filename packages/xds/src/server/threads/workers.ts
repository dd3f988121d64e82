import { once } from "node:events";
import { createServer } from "node:net";
import type { SecureContextOptions } from "node:tls";
import { Worker } from "node:worker_threads";
import type { SnapshotStore } from "../../snapshot/snapshot-store.ts";
import type { XdsConnection } from "../report.ts";
import type { StreamHome } from "../stream-home.ts";
import type { ThreadOptions } from "../stream-server.ts";
import type { FromThread, ThreadSetup, ToThread } from "./messages.ts";
import type { FurtherMethods } from "./relayed-call.ts";
import { createThreadDesk, type ThreadDesk } from "./thread-desk.ts";

export interface WorkersOptions extends ThreadOptions {
  readonly count: number;
  readonly now: () => number;
  readonly store: SnapshotStore;
  readonly home: StreamHome;
  readonly further: FurtherMethods;
  /** A thread ended that was not told to. */
  fault(cause: unknown): void;
  /** What `connections` says may be another than before. */
  changed(): void;
}

/** Threads that serve streams, each with its own listeners on the same ports. One that ends is replaced. */
export interface Workers {
  /** Opens a listener of each thread, and gives its port. Rejects with what `listen` says. */
  bind(listener: number, port: number): Promise<number>;
  connections(): readonly XdsConnection[];
  setCertificates(tls: SecureContextOptions): void;
  stop(graceMs: number): Promise<void>;
}

interface Seat {
  readonly thread: Worker;
  readonly desk: ThreadDesk;
  post(message: ToThread): void;
  /** Settled by the answer to the last `listen`. */
  listening: PromiseWithResolvers<number> | undefined;
  /** Why the thread is no more. */
  failure: unknown;
  readonly ended: Promise<void>;
}

/** A worker that lived less than this is not replaced at once. */
const RESTART_MS = 1_000;
const STOP_MS = 2_000;

/** In a checkout the program is TypeScript; it lies beside this module in each form. */
const program = new URL(import.meta.url.endsWith(".ts") ? "./xds-worker.ts" : "./xds-worker.js", import.meta.url);

export function startWorkers(options: WorkersOptions): Workers {
  const { store, home, further, now } = options;
  const streams = new BigInt64Array(new SharedArrayBuffer(8));
  const seats: Seat[] = [];
  const ports = new Map<number, number>();
  const restarts = new Set<NodeJS.Timeout>();
  let listen = options.listen;
  let stopping = false;

  function setup(): ThreadSetup {
    const { limits, controlPlane, ttl, resourceErrors } = options;
    const clockMs = now() - Number(process.hrtime.bigint()) / 1e6;
    return { listen, limits, controlPlane, ttl, resourceErrors, clockMs, streams, furtherPaths: [...further.keys()] };
  }

  function start(): Seat {
    const startMs = performance.now();
    const thread = new Worker(program, { workerData: setup(), name: "portolan-xds" });
    const post = (message: ToThread) => thread.postMessage(message);
    const { promise: ended, resolve } = Promise.withResolvers<void>();
    const seat: Seat = {
      thread,
      desk: createThreadDesk({ home, further, post }),
      post,
      listening: undefined,
      failure: undefined,
      ended,
    };
    const unsubscribe = store.subscribe((message) => post({ kind: "snapshot", message }));
    thread.on("message", (message: FromThread) => hear(seat, message));
    thread.on("error", (error) => {
      seat.failure = error;
    });
    thread.on("exit", (code) => {
      unsubscribe();
      seat.failure ??= new Error(`an xDS worker ended with code ${code}`);
      const cause = seat.failure;
      seat.listening?.reject(cause);
      seat.desk.close();
      options.changed();
      resolve();
      if (stopping) return;
      options.fault(cause);
      const waitMs = performance.now() - startMs < RESTART_MS ? RESTART_MS : 0;
      const timer = setTimeout(() => {
        restarts.delete(timer);
        replace(seat);
      }, waitMs);
      restarts.add(timer);
    });
    return seat;
  }

  function replace(gone: Seat): void {
    const seat = start();
    seats[seats.indexOf(gone)] = seat;
    const openAll = async () => {
      for (const [listener, port] of ports) await listenAt(seat, listener, port);
    };
    openAll().catch((cause: unknown) => {
      // A thread that ended has been told of.
      if (!stopping && seat.failure === undefined) options.fault(cause);
      void seat.thread.terminate();
    });
  }

  function hear(seat: Seat, message: FromThread): void {
    switch (message.kind) {
      case "turn": {
        let changed = false;
        for (const news of message.news) if (seat.desk.take(news)) changed = true;
        if (changed) options.changed();
        return;
      }
      case "listening":
        seat.listening?.resolve(message.port);
        return;
      case "not-listening":
        seat.listening?.reject(new Error(message.message));
        return;
      case "stopped":
        void seat.thread.terminate();
    }
  }

  async function listenAt(seat: Seat, listener: number, port: number): Promise<number> {
    if (seat.failure !== undefined) throw seat.failure;
    seat.listening = Promise.withResolvers<number>();
    seat.post({ kind: "listen", listener, port });
    return seat.listening.promise;
  }

  async function end(seat: Seat, graceMs: number): Promise<void> {
    const timer = setTimeout(() => void seat.thread.terminate(), graceMs + STOP_MS);
    seat.post({ kind: "stop", graceMs });
    await seat.ended;
    clearTimeout(timer);
  }

  for (let i = 0; i < options.count; i++) seats.push(start());

  return {
    async bind(listener, wanted) {
      if (wanted !== 0) await refuseTaken(listen[listener]?.address ?? "", wanted);
      let port = wanted;
      // One after the other: the first may be the one that chooses the port.
      for (const seat of seats) port = await listenAt(seat, listener, port);
      ports.set(listener, port);
      return port;
    },
    connections() {
      const newest = store.revision;
      return seats.flatMap(({ desk }) => desk.connections(newest)).sort((a, b) => a.stream - b.stream);
    },
    setCertificates(tls) {
      listen = listen.map((listener) => (listener.tls === undefined ? listener : { ...listener, tls }));
      for (const { post } of seats) post({ kind: "certificates", tls });
    },
    async stop(graceMs) {
      stopping = true;
      for (const timer of restarts) clearTimeout(timer);
      await Promise.all(seats.map((seat) => end(seat, graceMs)));
    },
  };
}

/** Sockets that share a port would share it with another server of the same user, too, and nobody would be told. */
async function refuseTaken(host: string, port: number): Promise<void> {
  const probe = createServer().listen({ host, port, exclusive: true });
  await once(probe, "listening");
  probe.close();
  await once(probe, "close");
}
