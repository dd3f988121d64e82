import { Client, type ClientDuplexStream, credentials, type StatusObject } from "@grpc/grpc-js";
import {
  create,
  type DeltaDiscoveryRequest,
  DeltaDiscoveryRequestSchema,
  type DeltaDiscoveryResponse,
  DeltaDiscoveryResponseSchema,
  type DiscoveryRequest,
  DiscoveryRequestSchema,
  type DiscoveryResponse,
  DiscoveryResponseSchema,
  fromBinary,
  type MessageInitShape,
  toBinary,
} from "@portolan/envoy";
import type { Dialect } from "../session/protocol.ts";
import type { TestCertificate } from "./certificates.ts";
import { typeNamed } from "./resources.ts";

/** A response of either dialect, with names and contents as tests write them. */
export interface RawResponse {
  readonly typeUrl: string;
  readonly nonce: string;
  readonly version: string;
  /** `a=1`, sorted. */
  readonly resources: readonly string[];
  readonly removed: readonly string[];
  readonly message: DiscoveryResponse | DeltaDiscoveryResponse;
}

/** What a request says, in both dialects alike. */
export interface RawRequest {
  /** `CDS`, or a type URL as it is; undefined: no type URL. */
  readonly type?: string;
  readonly names?: readonly string[];
  /** Delta alone. */
  readonly unsubscribe?: readonly string[];
  readonly nonce?: string;
  readonly error?: string;
  /** A node's id; undefined: no node. */
  readonly node?: string;
  readonly cluster?: string;
  readonly features?: readonly string[];
  readonly agent?: string;
  readonly initial?: Readonly<Record<string, string>>;
}

export interface RawStream {
  send(request: RawRequest): void;
  /** A message as it is. */
  sendBytes(message: Uint8Array): void;
  /** The next response; rejects with the status where the stream ended. */
  next(): Promise<RawResponse>;
  /** Acknowledges it. */
  ack(response: RawResponse, names?: readonly string[]): void;
  readonly ended: Promise<StatusObject>;
  pause(): void;
  resume(): void;
  close(): void;
  cancel(): void;
}

export interface RawClient {
  open(dialect: Dialect, path?: string): RawStream;
  close(): void;
}

export function connectRaw(
  port: number,
  tls?: { readonly authority: string; readonly client?: TestCertificate },
): RawClient {
  const secure = tls && {
    key: tls.client === undefined ? null : Buffer.from(tls.client.key),
    certificate: tls.client === undefined ? null : Buffer.from(tls.client.certificate),
  };
  const channel = secure
    ? credentials.createSsl(Buffer.from(tls.authority), secure.key, secure.certificate)
    : credentials.createInsecure();
  const client = new Client(`127.0.0.1:${port}`, channel, {
    "grpc.use_local_subchannel_pool": 1,
    "grpc.enable_retries": 0,
    "grpc.max_receive_message_length": -1,
  });
  return {
    open(dialect, path) {
      const aggregated = dialect === "sotw" ? "StreamAggregatedResources" : "DeltaAggregatedResources";
      return openRaw(client, dialect, path ?? `/envoy.service.discovery.v3.AggregatedDiscoveryService/${aggregated}`);
    },
    close: () => client.close(),
  };
}

function openRaw(client: Client, dialect: Dialect, path: string): RawStream {
  const same = (bytes: Buffer) => bytes;
  const call: ClientDuplexStream<Buffer, Buffer> = client.makeBidiStreamRequest(path, same, same);
  const arrived: RawResponse[] = [];
  const waiting: { resolve: (response: RawResponse) => void; reject: (status: StatusObject) => void }[] = [];
  const { promise: ended, resolve: onEnd } = Promise.withResolvers<StatusObject>();
  let over: StatusObject | undefined;

  call.on("data", (bytes: Buffer) => {
    const response = dialect === "sotw" ? readSotw(bytes) : readDelta(bytes);
    const next = waiting.shift();
    if (next === undefined) arrived.push(response);
    else next.resolve(response);
  });
  call.on("error", () => {});
  call.on("status", (status: StatusObject) => {
    over = status;
    onEnd(status);
    for (const { reject } of waiting.splice(0)) reject(status);
  });

  function send(request: RawRequest): void {
    call.write(Buffer.from(dialect === "sotw" ? writeSotw(request) : writeDelta(request)));
  }

  return {
    send,
    sendBytes: (message) => void call.write(Buffer.from(message)),
    next() {
      const response = arrived.shift();
      if (response !== undefined) return Promise.resolve(response);
      if (over !== undefined) return Promise.reject(over);
      return new Promise((resolve, reject) => waiting.push({ resolve, reject }));
    },
    ack(response, names = []) {
      const type = shortNameOf(response.typeUrl);
      send({ type, nonce: response.nonce, names });
    },
    ended,
    pause: () => call.pause(),
    resume: () => call.resume(),
    close: () => call.end(),
    cancel: () => call.cancel(),
  };
}

function shortNameOf(typeUrl: string): string {
  const found = ["SDS", "CDS", "EDS", "LDS", "RDS"].find((name) => typeNamed(name).typeUrl === typeUrl);
  if (found === undefined) throw new Error(`no short name for ${typeUrl}`);
  return found;
}

function common({ type, node, cluster = "", features = [], agent = "", error }: RawRequest) {
  return {
    ...(type === undefined ? {} : { typeUrl: type.includes("/") ? type : typeNamed(type).typeUrl }),
    ...(node === undefined ? {} : { node: { id: node, cluster, clientFeatures: [...features], userAgentName: agent } }),
    ...(error === undefined ? {} : { errorDetail: { code: 3, message: error } }),
  };
}

function writeSotw(request: RawRequest): Uint8Array {
  const init: MessageInitShape<typeof DiscoveryRequestSchema> = {
    ...common(request),
    resourceNames: [...(request.names ?? [])],
    responseNonce: request.nonce ?? "",
  };
  return toBinary(DiscoveryRequestSchema, create(DiscoveryRequestSchema, init) as DiscoveryRequest);
}

function writeDelta(request: RawRequest): Uint8Array {
  const init: MessageInitShape<typeof DeltaDiscoveryRequestSchema> = {
    ...common(request),
    resourceNamesSubscribe: [...(request.names ?? [])],
    resourceNamesUnsubscribe: [...(request.unsubscribe ?? [])],
    initialResourceVersions: { ...request.initial },
    responseNonce: request.nonce ?? "",
  };
  return toBinary(DeltaDiscoveryRequestSchema, create(DeltaDiscoveryRequestSchema, init) as DeltaDiscoveryRequest);
}

function readSotw(bytes: Buffer): RawResponse {
  const message = fromBinary(DiscoveryResponseSchema, bytes);
  const resources = message.resources.map(({ value }) => contentOf(value)).sort();
  return {
    typeUrl: message.typeUrl,
    nonce: message.nonce,
    version: message.versionInfo,
    resources,
    removed: [],
    message,
  };
}

function readDelta(bytes: Buffer): RawResponse {
  const message = fromBinary(DeltaDiscoveryResponseSchema, bytes);
  const resources = message.resources.map(({ resource }) => contentOf(resource?.value ?? new Uint8Array())).sort();
  return {
    typeUrl: message.typeUrl,
    nonce: message.nonce,
    version: message.systemVersionInfo,
    resources,
    removed: [...message.removedResources].sort(),
    message,
  };
}

/** Resources of tests hold `name@version`. */
function contentOf(value: Uint8Array): string {
  return new TextDecoder().decode(value).replace("@", "=");
}
