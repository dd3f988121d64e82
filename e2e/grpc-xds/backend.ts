import {
  Client,
  credentials,
  type MethodDefinition,
  Server,
  ServerCredentials,
  type ServiceError,
} from "@grpc/grpc-js";
import type { SocketPlace } from "../xds/resources.ts";

const same = (bytes: Buffer) => bytes;

function method(path: string): MethodDefinition<Buffer, Buffer> {
  return {
    path,
    requestStream: false,
    responseStream: false,
    requestSerialize: same,
    requestDeserialize: same,
    responseSerialize: same,
    responseDeserialize: same,
  };
}

export interface Backend extends AsyncDisposable {
  readonly place: SocketPlace;
}

/** A gRPC server whose methods `/e2e.Echo/Who` and `/e2e.Echo/Other` answer with its name. */
export async function startBackend(name: string): Promise<Backend> {
  const server = new Server();
  const who = (_call: unknown, answer: (error: null, bytes: Buffer) => void) => answer(null, Buffer.from(name));
  server.addService({ who: method("/e2e.Echo/Who"), other: method("/e2e.Echo/Other") }, { who, other: who });
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    );
  });
  return {
    place: { address: "127.0.0.1", port },
    async [Symbol.asyncDispose]() {
      server.forceShutdown();
    },
  };
}

export interface EchoClient extends Disposable {
  /** Which backend answers; rejects with gRPC's error. */
  who(path?: string): Promise<string>;
}

/** A proxyless client of `xds:///NAME`, which has its configuration from a server on loopback. */
export function createEchoClient(name: string, xdsPort: number): EchoClient {
  const bootstrap = {
    xds_servers: [
      { server_uri: `127.0.0.1:${xdsPort}`, channel_creds: [{ type: "insecure" }], server_features: ["xds_v3"] },
    ],
    node: { id: `client-of-${name}`, locality: {} },
  };
  const client = new Client(`xds:///${name}`, credentials.createInsecure(), {
    "grpc.TEST_ONLY_DO_NOT_USE_IN_PROD.xds_bootstrap_config": JSON.stringify(bootstrap),
    "grpc.use_local_subchannel_pool": 1,
  });
  return {
    who: (path = "/e2e.Echo/Who") =>
      new Promise((resolve, reject) => {
        const done = (error: ServiceError | null, bytes?: Buffer) =>
          error === null ? resolve(String(bytes)) : reject(error);
        client.makeUnaryRequest(path, same, same, Buffer.alloc(0), { deadline: Date.now() + 10_000 }, done);
      }),
    [Symbol.dispose]: () => client.close(),
  };
}
