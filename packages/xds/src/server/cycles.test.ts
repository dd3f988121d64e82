import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { expect, onTestFinished, test } from "vitest";
import { createSnapshotStore } from "../snapshot/create-snapshot-store.ts";
import { viewId } from "../snapshot/ids.ts";
import { createTestAuthority, serverCertificates } from "../testing/certificates.ts";
import { ADS_HEADERS, connectRawHttp2, FLAG, FRAME, frame, headerBlock } from "../testing/raw-http2.ts";
import { createXdsServer } from "./create-xds-server.ts";
import { frameOf } from "./http2/frame.ts";

const ROUNDS = 1000;
const AT_ONCE = 10;
const authority = createTestAuthority();

/** Sockets of this process, ours and the server's. */
const sockets = () => process.getActiveResourcesInfo().filter((name) => /^(TCPSocket|TLS|HTTP2)/.test(name)).length;

async function settled(before: number): Promise<void> {
  while (sockets() > before) await new Promise((resolve) => setImmediate(resolve));
}

async function serve() {
  let held = 0;
  const store = createSnapshotStore();
  const view = viewId("v");
  const assign = () => {
    held++;
    return { view, release: () => void held-- };
  };
  const tls = serverCertificates(authority);
  const listen = [
    { address: "127.0.0.1", port: 0 },
    { address: "127.0.0.1", port: 0, tls },
  ];
  const server = createXdsServer({ store, assign, listen });
  await server.start();
  onTestFinished(() => server.stop(0));
  const [plain, secure] = server.addresses.map(({ port }) => port);
  return { server, plain: plain ?? 0, secure: secure ?? 0, held: () => held };
}

const node = Buffer.from([0x0a, 0x03, 0x0a, 0x01, 0x7a]);
const type = Buffer.from("type.googleapis.com/envoy.config.cluster.v3.Cluster");
const message = Buffer.concat([node, Buffer.from([0x12, type.length]), type]);
const request = frame(FRAME.data, 0, 1, frameOf(message));
const opening = frame(FRAME.headers, FLAG.endHeaders, 1, headerBlock(ADS_HEADERS));

const ways: readonly (readonly [string, (plain: number, secure: number) => Promise<Socket>])[] = [
  ["ended", async (plain) => stream(plain, (socket) => socket.end())],
  ["half-closed", async (plain) => stream(plain, (socket) => socket.end(frame(FRAME.data, FLAG.endStream, 1)))],
  [
    "cancelled",
    async (plain) => stream(plain, (socket) => socket.end(frame(FRAME.reset, 0, 1, Buffer.from([0, 0, 0, 8])))),
  ],
  ["reset", async (plain) => stream(plain, (socket) => socket.resetAndDestroy())],
  ["cut before it said anything", async (plain) => opened(connect(plain, "127.0.0.1"), (socket) => socket.destroy())],
  [
    "cut within the TLS handshake",
    async (_plain, secure) =>
      opened(connect(secure, "127.0.0.1"), (socket) => {
        socket.write(Buffer.from([0x16, 3, 1, 0, 200, 1, 0, 0, 196]));
        socket.destroy();
      }),
  ],
  [
    "refused by TLS, without a certificate",
    async (_plain, secure) => {
      const socket = connectTls({ port: secure, host: "127.0.0.1", rejectUnauthorized: false, ALPNProtocols: ["h2"] });
      socket.on("error", () => {}).resume();
      await once(socket, "close").catch(() => {});
      return socket;
    },
  ],
];

async function opened(socket: Socket, then: (socket: Socket) => void): Promise<Socket> {
  socket.on("error", () => {});
  await once(socket, "connect");
  then(socket);
  return socket;
}

async function stream(port: number, then: (socket: Socket) => void): Promise<Socket> {
  const { socket, write } = await connectRawHttp2(port);
  await write(opening, request);
  then(socket);
  return socket;
}

test.each(ways)("P-08 F-17 connections that are %s leave nothing behind", async (_name, cycle) => {
  const { server, plain, secure, held } = await serve();
  const before = sockets();
  let round = 0;
  const some = async () => {
    while (round++ < ROUNDS) await cycle(plain, secure);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, some));
  await settled(before);
  while (server.connections().length > 0 || held() > 0) await new Promise((resolve) => setImmediate(resolve));
  expect(server.connections()).toEqual([]);
  expect(held()).toBe(0);
});
