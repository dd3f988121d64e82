import { Client, credentials } from "@grpc/grpc-js";
import {
  create,
  type DeltaDiscoveryRequest,
  DeltaDiscoveryRequestSchema,
  type DeltaDiscoveryResponse,
  DeltaDiscoveryResponseSchema,
  fromBinary,
  type JsonObject,
  TYPE_URL,
  toBinary,
} from "@portolan/envoy";

const METHOD = "/envoy.service.discovery.v3.AggregatedDiscoveryService/DeltaAggregatedResources";

interface Request {
  readonly typeUrl: string;
  readonly subscribe: readonly string[];
  readonly nonce: string;
  readonly refusal: string;
}

type Type = "cluster" | "clusterLoadAssignment" | "listener" | "secret";

export interface DeltaClientOptions {
  /** `IP:PORT` */
  readonly target: string;
  readonly id: string;
  readonly metadata: JsonObject;
  /** PEM texts; absent: plaintext. */
  readonly tls?: { readonly root: string; readonly chain: string; readonly key: string };
  /** What is answered: `hold` keeps the answers until `release`. */
  readonly answers?: "ack" | "nack" | "hold";
  /** What a `nack` says. */
  readonly refusal?: () => string;
  /** Called when a response was answered. */
  readonly answered?: () => void;
}

/** A client of delta xDS that asks for what it is told to, and answers as it is told to. */
export interface DeltaClient extends Disposable {
  readonly responses: readonly DeltaDiscoveryResponse[];
  failure(): Error | undefined;
  subscribe(type: Type, name?: string): void;
  /** Acknowledges what was held, and everything from now on. */
  release(): void;
}

export function openDelta(options: DeltaClientOptions): DeltaClient {
  const { tls } = options;
  const own =
    tls === undefined
      ? credentials.createInsecure()
      : credentials.createSsl(Buffer.from(tls.root), Buffer.from(tls.key), Buffer.from(tls.chain));
  const client = new Client(options.target, own, {
    "grpc.ssl_target_name_override": "istiod.istio-system.svc",
    "grpc.default_authority": "istiod.istio-system.svc",
  });
  const stream = client.makeBidiStreamRequest(
    METHOD,
    (request: DeltaDiscoveryRequest) => Buffer.from(toBinary(DeltaDiscoveryRequestSchema, request)),
    (bytes: Buffer) => fromBinary(DeltaDiscoveryResponseSchema, bytes),
  );
  const responses: DeltaDiscoveryResponse[] = [];
  const held: DeltaDiscoveryResponse[] = [];
  let answers = options.answers ?? "ack";
  let failure: Error | undefined;
  let first = true;
  const send = (request: Partial<Request>) => {
    const node = { id: options.id, metadata: options.metadata };
    const { typeUrl = "", subscribe = [], nonce = "", refusal: reason } = request;
    stream.write(
      create(DeltaDiscoveryRequestSchema, {
        typeUrl,
        resourceNamesSubscribe: [...subscribe],
        responseNonce: nonce,
        ...(reason === undefined ? {} : { errorDetail: { code: 13, message: reason } }),
        ...(first ? { node } : {}),
      }),
    );
    first = false;
  };
  const { refusal = () => "not\nthis", answered } = options;
  const acknowledge = ({ typeUrl, nonce }: DeltaDiscoveryResponse) => {
    send({ typeUrl, nonce, ...(answers === "nack" ? { refusal: refusal() } : {}) });
    answered?.();
  };
  stream.on("data", (response: DeltaDiscoveryResponse) => {
    responses.push(response);
    if (answers === "hold") held.push(response);
    else acknowledge(response);
  });
  stream.on("error", (error: Error) => {
    failure = error;
  });
  return {
    responses,
    failure: () => failure,
    subscribe: (type, name = "*") => send({ typeUrl: TYPE_URL[type], subscribe: [name] }),
    release: () => {
      answers = "ack";
      for (const response of held.splice(0)) acknowledge(response);
    },
    [Symbol.dispose]: () => {
      stream.cancel();
      client.close();
    },
  };
}

/** Metadata of a sidecar that only calls. */
export function sidecarOf(name: string, namespace: string): Pick<DeltaClientOptions, "id" | "metadata"> {
  return {
    id: `sidecar~127.8.8.8~${name}.${namespace}~${namespace}.svc.cluster.local`,
    metadata: { NAMESPACE: namespace, SERVICE_ACCOUNT: name, INBOUND_PORTS: "", MODE: "bind", LOWEST_PORT: "1" },
  };
}
