import { afterEach, expect, test } from "vitest";
import { createSnapshotStore } from "../snapshot/create-snapshot-store.ts";
import { viewId } from "../snapshot/ids.ts";
import { connectRaw } from "../testing/raw-client.ts";
import type { Assign } from "./assign.ts";
import { createXdsServer } from "./create-xds-server.ts";
import type { XdsReport } from "./report.ts";
import type { XdsServer, XdsServerOptions } from "./xds-server.ts";

const loopback = { address: "127.0.0.1", port: 0 };
/** Where nobody else listens, so that a port that was free stays so. */
const apart = { address: "127.77.13.5", port: 0 };
const servers: XdsServer[] = [];

afterEach(async () => {
  for (const server of servers.splice(0)) await server.stop(0);
});

/** As a caller does whose options no compiler has seen. */
function make(given: Readonly<Record<string, unknown>> = {}): XdsServer {
  const usual = { store: createSnapshotStore(), assign: () => ({ view: viewId("v") }), listen: [loopback] };
  const server = createXdsServer({ ...usual, ...given } as unknown as XdsServerOptions);
  servers.push(server);
  return server;
}

test.each([
  [{ store: undefined }, "store is"],
  [{ assign: "v" }, "assign is"],
  [{ listen: loopback }, "listen is"],
  [{ listen: ["127.0.0.1:0"] }, "listen[0].address is"],
  [
    { listen: [loopback, { address: "127.0.0.1", port: "18000" }] },
    'listen[1].port is a whole number from 0 (any that is free) to 65535, not "18000"',
  ],
  [{ listen: [{ address: "127.0.0.1", port: 70_000 }] }, "listen[0].port is"],
  [{ limits: { maxStream: 3 } }, "limits.maxStream is no limit; they are maxNames, "],
  [{ limits: { maxStreams: -3 } }, "limits.maxStreams is a number"],
  [{ limits: { assignMs: Number.NaN } }, "limits.assignMs is a number"],
  [{ ttl: "sometimes" }, 'ttl is "announced" or "always", not "sometimes"'],
  [{ resourceErrors: "gRPC Go" }, "resourceErrors is a list"],
])("%j is refused when the server is made, and said", (given, message) => {
  expect(() => make(given)).toThrow(
    expect.objectContaining({ name: "XdsError", code: "bad-option", message: expect.stringContaining(message) }),
  );
});

test("a key as a plain text is refused, and not shown", () => {
  const tls = { certificateChain: "chain", privateKey: "the key", clientAuthorities: "root" };
  expect(() => make({ listen: [{ ...loopback, tls }] })).toThrow(
    expect.objectContaining({ code: "bad-certificate", message: expect.stringMatching(/SecretText(?!.*the key)/) }),
  );
});

test("a limit that is undefined is the default", async () => {
  const server = make({ limits: { maxStreams: undefined, assignMs: undefined } });
  await server.start();
  const client = connectRaw(server.addresses[0]?.port ?? 0);
  const stream = client.open("delta");
  stream.send({ type: "CDS", node: "n" });
  await expect.poll(() => server.connections().length, { timeout: 30_000 }).toBe(1);
  client.close();
});

test("a server starts once, whoever else calls it, and not again after its stop", async () => {
  const server = make();
  await Promise.all([server.start(), server.start()]);
  await server.start();
  expect(server.addresses).toHaveLength(1);
  await server.stop(0);
  await expect(server.start()).rejects.toMatchObject({ code: "listen-failed" });
});

test("a stop while it starts leaves nothing open", async () => {
  const server = make({ listen: [apart, apart] });
  const start = server.start();
  await server.stop(0);
  await start;
  for (const { port } of server.addresses) await expect(isFree(port)).resolves.toBe(true);
});

test("a start that failed can be tried again", async () => {
  const first = make({ listen: [apart] });
  await first.start();
  const [{ port } = apart] = first.addresses;
  const second = make({ listen: [loopback, { ...apart, port }] });
  await expect(second.start()).rejects.toMatchObject({ code: "listen-failed", listener: 1 });
  expect(second.addresses).toEqual([]);
  await first.stop(0);
  await second.start();
  expect(second.addresses).toHaveLength(2);
});

test.each<[string, unknown]>([
  ["a refusal without a message", { refused: { code: "PERMISSION_DENIED" } }],
  ["a refusal with a code that is none", { refused: { code: "NOPE", message: "no" } }],
  ["an empty refusal", { refused: undefined }],
  ["a view that is no name", { view: undefined }],
])("%s ends that stream alone and is a fault", async (_, answer) => {
  const assign: Assign = (_peer, { id }) => (id === "odd" ? (answer as ReturnType<Assign>) : { view: viewId("v") });
  const server = make({ assign });
  await server.start();
  const faults: XdsReport[] = [];
  server.onReport((report) => report.kind === "fault" && faults.push(report));
  const client = connectRaw(server.addresses[0]?.port ?? 0);
  const [odd, usual] = [client.open("delta"), client.open("delta")];
  odd.send({ type: "CDS", node: "odd" });
  expect(await odd.ended).toMatchObject({ details: "the stream could not be assigned" });
  expect(faults).toMatchObject([{ where: "assign" }]);
  usual.send({ type: "CDS", node: "n" });
  await expect.poll(() => server.connections().length, { timeout: 30_000 }).toBe(1);
  client.close();
});

async function isFree(port: number): Promise<boolean> {
  const server = make({ listen: [{ ...apart, port }] });
  return server.start().then(
    () => true,
    () => false,
  );
}
