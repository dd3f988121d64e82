import { once } from "node:events";
import { Client, type ClientDuplexStream, credentials, type ServiceError, status } from "@grpc/grpc-js";
import {
  type ClientStatusRequest,
  ClientStatusRequestSchema,
  type ClientStatusResponse,
  ClientStatusResponseSchema,
  ConfigStatus,
  create,
  fromBinary,
  toBinary,
} from "@portolan/envoy";
import { expect, onTestFinished, test } from "vitest";
import { createSnapshotStore } from "../snapshot/create-snapshot-store.ts";
import { viewId } from "../snapshot/ids.ts";
import { createTestAuthority, serverCertificates } from "../testing/certificates.ts";
import { eventually } from "../testing/eventually.ts";
import { connectRaw } from "../testing/raw-client.ts";
import { resourceOf, typeNamed } from "../testing/resources.ts";
import { clientStatusService } from "./client-status.ts";
import { createXdsServer } from "./create-xds-server.ts";
import type { Peer } from "./peer.ts";
import type { XdsListener } from "./xds-server.ts";

const view = viewId("v");
const path = (name: string) => `/envoy.service.status.v3.ClientStatusDiscoveryService/${name}`;
const write = (request: ClientStatusRequest) => Buffer.from(toBinary(ClientStatusRequestSchema, request));
const read = (bytes: Buffer) => fromBinary(ClientStatusResponseSchema, bytes);

async function serve(more: { listen?: XdsListener; allow?: (peer: Peer) => boolean; workers?: number } = {}) {
  const store = createSnapshotStore();
  const { listen = { address: "127.0.0.1", port: 0 }, allow, workers = 0 } = more;
  const status = clientStatusService({ store, connections: () => server.connections(), ...(allow && { allow }) });
  const server = createXdsServer({ store, assign: () => ({ view }), listen: [listen], services: [status], workers });
  await server.start();
  onTestFinished(() => server.stop(0));
  return { store, server, port: server.addresses[0]?.port ?? 0 };
}

function statusClient(port: number, channel = credentials.createInsecure()) {
  const client = new Client(`127.0.0.1:${port}`, channel, { "grpc.use_local_subchannel_pool": 1 });
  onTestFinished(() => client.close());
  return {
    fetch: (request: Partial<Pick<ClientStatusRequest, "excludeResourceContents">> & { id?: string } = {}) =>
      new Promise<ClientStatusResponse>((resolve, reject) => {
        const { id, ...others } = request;
        const message = create(ClientStatusRequestSchema, { ...others, ...(id === undefined ? {} : { node: { id } }) });
        client.makeUnaryRequest(
          path("FetchClientStatus"),
          write,
          read,
          message,
          (error: ServiceError | null, response) => (response === undefined ? reject(error) : resolve(response)),
        );
      }),
    stream: (): ClientDuplexStream<ClientStatusRequest, ClientStatusResponse> =>
      client.makeBidiStreamRequest(path("StreamClientStatus"), write, read),
  };
}

test.each([0, 1])("each client is shown with what it has, what it rejected and why (workers: %i)", async (workers) => {
  const { store, port } = await serve({ workers });
  store.set(view, [resourceOf("CDS", "a", "1"), resourceOf("EDS", "a", "bad"), resourceOf("LDS", "l", "1")]);
  const xds = connectRaw(port);
  onTestFinished(() => xds.close());
  const stream = xds.open("delta");
  stream.send({ type: "CDS", node: "n" });
  stream.ack(await stream.next());
  stream.send({ type: "EDS", names: ["a"] });
  const { nonce } = await stream.next();
  stream.send({ type: "EDS", nonce, error: "no such place" });
  // The server has read the answer when it answers what came after it.
  stream.send({ type: "RDS", names: ["r"] });
  await stream.next();

  const { fetch, stream: open } = statusClient(port);
  // Threads tell what they know a moment later.
  const shown = async () => (await fetch()).config[0]?.genericXdsConfigs.map(({ configStatus }) => configStatus);
  await eventually(shown).toEqual([ConfigStatus.SYNCED, ConfigStatus.ERROR]);
  const response = await fetch();
  expect(response.config).toMatchObject([
    {
      node: { id: "n" },
      clientScope: "ADS",
      genericXdsConfigs: [
        { typeUrl: typeNamed("CDS").typeUrl, name: "a", versionInfo: "1", configStatus: ConfigStatus.SYNCED },
        { name: "a", versionInfo: "bad", configStatus: ConfigStatus.ERROR, errorState: { details: "no such place" } },
      ],
    },
  ]);
  const [cluster] = response.config[0]?.genericXdsConfigs ?? [];
  expect(new TextDecoder().decode(cluster?.xdsConfig?.value)).toBe("a@1");
  const [bare] = (await fetch({ excludeResourceContents: true })).config[0]?.genericXdsConfigs ?? [];
  expect(bare?.xdsConfig).toBeUndefined();
  expect((await fetch({ id: "nobody" })).config).toEqual([]);

  const streamed = open();
  const answered = new Promise<ClientStatusResponse>((resolve) => streamed.once("data", resolve));
  streamed.write(create(ClientStatusRequestSchema));
  expect((await answered).config).toHaveLength(1);
  const over = once(streamed, "status");
  streamed.end();
  expect(await over).toMatchObject([{ code: status.OK }]);
});

test("secrets are named and not shown", async () => {
  const { store, port, server } = await serve();
  store.set(view, [resourceOf("SDS", "key", "1")]);
  const xds = connectRaw(port);
  onTestFinished(() => xds.close());
  const stream = xds.open("delta");
  stream.send({ type: "SDS", node: "n", names: ["key"] });
  await stream.next();
  expect(server.connections()).toHaveLength(1);
  const [config] = (await statusClient(port).fetch()).config;
  expect(config?.genericXdsConfigs).toMatchObject([{ name: "key" }]);
  expect(config?.genericXdsConfigs[0]?.xdsConfig).toBeUndefined();
});

test.each([0, 1])("a peer that proves an identity is refused unless that is allowed (workers: %i)", async (workers) => {
  const authority = createTestAuthority();
  const spiffe = "spiffe://cluster.local/ns/istio-system/sa/operator";
  const listen = { address: "127.0.0.1", port: 0, tls: serverCertificates(authority) };
  const { certificate, key } = authority.issue({ uris: [spiffe], usages: ["client"] });
  const channel = () =>
    credentials.createSsl(Buffer.from(authority.certificate), Buffer.from(key), Buffer.from(certificate));
  const closed = await serve({ listen, workers });
  await expect(statusClient(closed.port, channel()).fetch()).rejects.toMatchObject({ code: status.PERMISSION_DENIED });
  const open = await serve({ listen, workers, allow: (peer) => peer.transport === "mtls" && peer.spiffe === spiffe });
  expect((await statusClient(open.port, channel()).fetch()).config).toEqual([]);
});
