import { createSocket, type RemoteInfo, type Socket } from "node:dgram";
import { isIpv6 } from "@portolan/model";
import { createBurst } from "../forwarder/burst.ts";
import type { Answerer, Exchange } from "./answerer.ts";
import { report } from "./channels.ts";
import { canBeAnswered, type ListenAddress } from "./listen-address.ts";
import { listenError } from "./listen-error.ts";

export interface UdpListener {
  readonly port: number;
  /** Messages that got no answer: too short, a response, from port 0 or from ourselves. */
  readonly dropped: number;
  close(): Promise<void>;
}

export interface UdpOptions {
  readonly listen: ListenAddress;
  /** Several sockets share the port, one a worker. Off: a port that another process has is an error. */
  readonly reusePort: boolean;
  readonly answer: Answerer;
  readonly now: () => number;
  /** Called for each message that gets no answer. */
  readonly onDrop?: () => void;
}

const RECEIVE_BUFFER = 4 * 1024 * 1024;

export async function openUdp({ listen, reusePort, answer, now, onDrop }: UdpOptions): Promise<UdpListener> {
  const v6 = isIpv6(listen.address);
  const socket = createSocket({
    type: v6 ? "udp6" : "udp4",
    ipv6Only: v6,
    reusePort,
    recvBufferSize: RECEIVE_BUFFER,
    // Targets are addresses already: the default goes through getaddrinfo for every reply.
    lookup: (host, _options, done) => done(null, host, v6 ? 6 : 4),
  });
  await bind(socket, listen);
  const { port } = socket.address();
  let dropped = 0;

  function drop(): void {
    dropped++;
    onDrop?.();
  }

  class Datagram implements Exchange {
    readonly transport = "udp";
    readonly message: Uint8Array;
    readonly address: string;
    readonly startMs: number;
    readonly port: number;
    reply: Uint8Array | undefined = undefined;

    constructor(message: Uint8Array, from: RemoteInfo) {
      this.message = message;
      this.address = from.address;
      this.port = from.port;
      this.startMs = now();
    }

    send(reply: Uint8Array | undefined): void {
      this.reply = reply;
      if (reply === undefined) drop();
      else burst.add(this, this.startMs);
    }
  }

  const burst = createBurst<Datagram>(({ reply, port, address }) => {
    if (closed || reply === undefined) return;
    try {
      socket.send(reply, port, address);
    } catch (error) {
      report("socket", error);
    }
  });

  const own = { ...listen, port };
  let closed = false;
  socket.on("message", (message, from) => {
    if (!canBeAnswered(from, own)) {
      drop();
      return;
    }
    try {
      answer(new Datagram(message, from));
    } catch (error) {
      drop();
      report("answer", error);
    }
  });
  socket.on("error", (error) => report("socket", error));
  return {
    port,
    get dropped() {
      return dropped;
    },
    close() {
      burst.leave();
      closed = true;
      return new Promise((resolve) => socket.close(() => resolve()));
    },
  };
}

function bind(socket: Socket, { address, port }: ListenAddress): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once("error", (error) => {
      socket.close();
      reject(listenError("UDP", { address, port }, error));
    });
    socket.bind({ address, port, exclusive: true }, () => {
      socket.removeAllListeners("error");
      resolve();
    });
  });
}
