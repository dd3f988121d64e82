import { createServer, type Server } from "node:net";
import type { Answerer } from "./answerer.ts";
import { report } from "./channels.ts";
import type { ListenAddress } from "./listen-address.ts";
import { listenError } from "./listen-error.ts";
import { serveConnection, type TcpConnection, type TcpLimits } from "./tcp-connection.ts";
import type { TcpRoom } from "./tcp-room.ts";

export interface TcpListener {
  readonly port: number;
  close(): Promise<void>;
}

export interface TcpOptions {
  readonly listen: ListenAddress;
  readonly reusePort: boolean;
  readonly limits: TcpLimits;
  readonly room: TcpRoom;
  readonly answer: Answerer;
  readonly now: () => number;
}

/** How often deadlines are looked at: a connection lives at most that much longer. */
const CHECK_MS = 250;

export async function openTcp({ listen, reusePort, limits, room, answer, now }: TcpOptions): Promise<TcpListener> {
  const connections = new Set<TcpConnection>();
  let checks: NodeJS.Timeout | undefined;

  const server = createServer({ allowHalfOpen: true, highWaterMark: limits.unwrittenBytes }, (socket) => {
    const leave = room.enter(socket.remoteAddress ?? "");
    if (leave === undefined) {
      socket.on("error", () => {});
      return void socket.destroy();
    }
    const connection = serveConnection(socket, answer, limits, now);
    connections.add(connection);
    checks ??= setInterval(check, Math.min(CHECK_MS, limits.firstByteMs)).unref();
    socket.on("close", () => {
      connections.delete(connection);
      leave();
      if (connections.size > 0) return;
      clearInterval(checks);
      checks = undefined;
    });
  });

  function check(): void {
    const nowMs = now();
    for (const connection of connections) connection.check(nowMs);
  }

  await listenOn(server, listen, reusePort);
  server.on("error", (error) => report("socket", error));
  const bound = server.address();
  return {
    port: typeof bound === "object" && bound !== null ? bound.port : listen.port,
    close() {
      clearInterval(checks);
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const connection of connections) connection.destroy();
      return closed;
    },
  };
}

function listenOn(server: Server, { address, port }: ListenAddress, reusePort: boolean): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (error) => reject(listenError("TCP", { address, port }, error)));
    // `::` is IPv6 alone: IPv4 is served where an address of it is listened on.
    const options = { host: address, port, reusePort, ipv6Only: true, exclusive: true, backlog: 512 };
    server.listen(options, () => {
      server.removeAllListeners("error");
      resolve();
    });
  });
}
