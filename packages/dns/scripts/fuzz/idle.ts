import { readFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { queryBytes } from "../../src/testing/query-bytes.ts";
import { type Measured, startTarget, type Target } from "./child.ts";
import { type FuzzReport, loopback, MAX_GROWTH_BYTES, megabytes, settled } from "./judgement.ts";

/** Connections that are opened at the same time, and between two looks at the server. */
const AT_ONCE = 100;
/** The server's own limit. */
const MOST_HELD = 256;
/** Sockets and files of this process and of the server that are no such connections. */
const SPARE = 500;

/**
 * Connections that say nothing, or begin a frame and say no more: the server holds no more than it allows, refuses the others at once, and
 * lets all go. This end keeps every one open.
 */
export async function idlePart(wanted: number): Promise<FuzzReport> {
  const most = openFiles() - SPARE;
  const count = Math.min(wanted, most);
  const target = await startTarget();
  const sockets: Socket[] = [];
  try {
    const start = await target.measure();
    // The first ones bring code and buffers with them.
    await openAll(target, sockets, AT_ONCE);
    for (const socket of sockets.splice(0)) socket.destroy();
    const warm = await settled(target, start);
    const looks: Measured[] = [];
    while (sockets.length < count) {
      await openAll(target, sockets, Math.min(AT_ONCE, count - sockets.length));
      looks.push(await target.measure());
    }
    const peak = (figure: (measured: Measured) => number) => Math.max(...looks.map(figure));
    const end = await settled(target, start);
    const served = await serves(target);
    const held = peak(({ descriptors }) => descriptors) - start.descriptors;
    const growth = peak(({ rssBytes }) => rssBytes) - warm.rssBytes;
    const what =
      target.failures[0] ??
      // Those that are being refused have one for a moment.
      (held > MOST_HELD + AT_ONCE || peak(({ tcpConnections }) => tcpConnections) > MOST_HELD
        ? `${held} descriptors are held`
        : end.descriptors > start.descriptors
          ? `${end.descriptors - start.descriptors} descriptors more than at the start`
          : growth > MAX_GROWTH_BYTES
            ? `memory grew by ${megabytes(growth)} MB`
            : served
              ? undefined
              : "a client that comes later is not served");
    const line = [
      `TCP, ${count} connections that stay idle${count < wanted ? ` (${wanted} wanted: this process may open ${most} files)` : ""}`,
      `at most ${peak(({ tcpConnections }) => tcpConnections)} held`,
      `memory ${megabytes(warm.rssBytes)} -> ${megabytes(peak(({ rssBytes }) => rssBytes))} -> ${megabytes(end.rssBytes)} MB`,
      `descriptors ${start.descriptors} -> ${start.descriptors + held} -> ${end.descriptors}`,
    ].join(", ");
    return { lines: [line], findings: what === undefined ? [] : [{ what: `idle TCP: ${what}`, batch: [] }] };
  } finally {
    for (const socket of sockets) socket.destroy();
    await target.stop();
  }
}

/** Resolves when each of them is connected or gone. */
async function openAll({ port }: Target, sockets: Socket[], count: number): Promise<void> {
  await Promise.all(
    Array.from({ length: count }, () => {
      const number = sockets.length;
      const socket = connect({ port, host: "127.0.0.1", localAddress: loopback(number), allowHalfOpen: true });
      sockets.push(socket);
      socket.on("error", () => {});
      if (number % 2 === 1) socket.write(Uint8Array.of(0));
      return new Promise<void>((resolve) => {
        socket.once("connect", () => resolve());
        socket.once("close", () => resolve());
      });
    }),
  );
}

async function serves({ port }: Target): Promise<boolean> {
  const query = queryBytes();
  const socket = connect({ port, host: "127.0.0.1" });
  socket.write(Uint8Array.of(0, query.length, ...query));
  const answered = await new Promise<boolean>((resolve) => {
    socket.once("data", () => resolve(true));
    socket.once("error", () => resolve(false));
    socket.once("close", () => resolve(false));
  });
  socket.destroy();
  return answered;
}

/** How many this process may have open; Node has raised it to what the system allows. */
function openFiles(): number {
  const [, soft] = /^Max open files\s+(\S+)/m.exec(readFileSync("/proc/self/limits", "utf8")) ?? [];
  return soft === "unlimited" ? Number.POSITIVE_INFINITY : Number(soft);
}
