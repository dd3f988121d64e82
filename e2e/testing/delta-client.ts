import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { Client, type ClientDuplexStream, credentials } from "@grpc/grpc-js";
import {
  ClusterSchema,
  create,
  type DeltaDiscoveryRequest,
  DeltaDiscoveryRequestSchema,
  type DeltaDiscoveryResponse,
  DeltaDiscoveryResponseSchema,
  fromBinary,
  HttpConnectionManagerSchema,
  type JsonObject,
  ListenerSchema,
  TYPE_URL,
  toBinary,
} from "@portolan/envoy";
import { until } from "./until.ts";

export type Type = "cluster" | "clusterLoadAssignment" | "listener" | "routeConfiguration" | "secret";

/** What one response held, by names. */
export interface Received {
  readonly type: Type | undefined;
  readonly names: readonly string[];
  readonly removed: readonly string[];
}

/** A client of delta xDS that is no Envoy: it asks for everything that an Envoy would, and accepts all. */
export interface DeltaClient extends Disposable {
  /** Every response, in the order of arrival. */
  readonly received: readonly Received[];
  /** Encoded resources that it has now, by name. */
  resources(type: Type): ReadonlyMap<string, Uint8Array>;
  /** Versions of what it has now, by type and name. */
  versions(): ReadonlyMap<Type, ReadonlyMap<string, string>>;
  /** Names that it subscribed to. */
  asked(type: Type): readonly string[];
  /** Why the stream ended; undefined while it is open. */
  failure(): Error | undefined;
  subscribe(type: Type, names: readonly string[]): void;
}

export interface DeltaOptions {
  /** `IP:PORT` of the server. */
  readonly target: string;
  /** Folder of root-cert.pem, and of key.pem and cert-chain.pem unless `anonymous`; none: plaintext. */
  readonly certs?: string;
  readonly anonymous?: boolean;
  readonly node: { readonly id: string; readonly metadata: JsonObject };
  /** What it has already, as a client that comes back tells: version by name. */
  readonly initial?: ReadonlyMap<Type, ReadonlyMap<string, string>>;
}

const METHOD = "/envoy.service.discovery.v3.AggregatedDiscoveryService/DeltaAggregatedResources";

export async function openDelta(options: DeltaOptions): Promise<DeltaClient> {
  const client = new Client(options.target, await credentialsOf(options), {
    "grpc.ssl_target_name_override": "istiod.istio-system.svc",
    "grpc.default_authority": "istiod.istio-system.svc",
  });
  const stream: ClientDuplexStream<DeltaDiscoveryRequest, DeltaDiscoveryResponse> = client.makeBidiStreamRequest(
    METHOD,
    (request: DeltaDiscoveryRequest) => Buffer.from(toBinary(DeltaDiscoveryRequestSchema, request)),
    (bytes: Buffer) => fromBinary(DeltaDiscoveryResponseSchema, bytes),
  );
  const received: Received[] = [];
  const held = new Map<Type, Map<string, Uint8Array>>(types.map((type) => [type, new Map()]));
  const versions = new Map<Type, Map<string, string>>(types.map((type) => [type, new Map(options.initial?.get(type))]));
  const asked = new Map<Type, Set<string>>();
  let failure: Error | undefined;
  let first = true;

  const send = (request: {
    typeUrl: string;
    subscribe?: readonly string[];
    nonce?: string;
    initial?: ReadonlyMap<string, string> | undefined;
  }) => {
    const { typeUrl, subscribe = [], nonce = "", initial = new Map() } = request;
    const { id, metadata } = options.node;
    const node = first ? { id, cluster: id, metadata } : undefined;
    first = false;
    stream.write(
      create(DeltaDiscoveryRequestSchema, {
        typeUrl,
        resourceNamesSubscribe: [...subscribe],
        responseNonce: nonce,
        initialResourceVersions: Object.fromEntries(initial),
        ...(node === undefined ? {} : { node }),
      }),
    );
  };
  const subscribe = (type: Type, names: readonly string[]) => {
    const initial = asked.has(type) ? undefined : options.initial?.get(type);
    const known = asked.get(type) ?? new Set();
    asked.set(type, known);
    const fresh = names.filter((name) => !known.has(name));
    for (const name of fresh) known.add(name);
    if (fresh.length > 0) send({ typeUrl: TYPE_URL[type], subscribe: fresh, initial });
  };

  stream.on("data", (response: DeltaDiscoveryResponse) => {
    const { typeUrl, resources, removedResources, nonce } = response;
    const type = types.find((name) => TYPE_URL[name] === typeUrl);
    received.push({ type, names: resources.map(({ name }) => name).sort(), removed: [...removedResources].sort() });
    send({ typeUrl, nonce });
    const own = type === undefined ? undefined : held.get(type);
    const ownVersions = type === undefined ? undefined : versions.get(type);
    for (const name of removedResources) {
      own?.delete(name);
      ownVersions?.delete(name);
    }
    for (const { name, resource, version } of resources) {
      if (resource === undefined) continue;
      ownVersions?.set(name, version);
      own?.set(name, resource.value);
      if (type === "cluster") subscribe("clusterLoadAssignment", assignmentOf(resource.value));
      if (type === "listener") subscribe("routeConfiguration", routesOf(resource.value));
    }
  });
  stream.on("error", (error: Error) => {
    failure = error;
  });
  stream.on("end", () => {
    failure ??= new Error("the server ended the stream");
  });
  return {
    received,
    resources: (type) => held.get(type) ?? new Map(),
    versions: () => versions,
    asked: (type) => [...(asked.get(type) ?? [])],
    failure: () => failure,
    subscribe,
    [Symbol.dispose]: () => {
      stream.cancel();
      client.close();
    },
  };
}

const types = ["cluster", "clusterLoadAssignment", "listener", "routeConfiguration", "secret"] as const;

async function credentialsOf({ certs, anonymous = false }: DeltaOptions) {
  if (certs === undefined) return credentials.createInsecure();
  const root = await readFile(join(certs, "root-cert.pem"));
  if (anonymous) return credentials.createSsl(root);
  const [key, chain] = await Promise.all([readFile(join(certs, "key.pem")), readFile(join(certs, "cert-chain.pem"))]);
  return credentials.createSsl(root, key, chain);
}

function assignmentOf(bytes: Uint8Array): readonly string[] {
  const { name, edsClusterConfig } = fromBinary(ClusterSchema, bytes);
  return edsClusterConfig === undefined ? [] : [edsClusterConfig.serviceName || name];
}

/** Names of the route configurations that a listener's HTTP filters fetch. */
function routesOf(bytes: Uint8Array): readonly string[] {
  const { filterChains, defaultFilterChain } = fromBinary(ListenerSchema, bytes);
  const chains = defaultFilterChain === undefined ? filterChains : [...filterChains, defaultFilterChain];
  return chains.flatMap((chain) =>
    chain.filters.flatMap(({ configType }) => {
      if (configType.case !== "typedConfig" || !configType.value.typeUrl.endsWith(".HttpConnectionManager")) return [];
      const { routeSpecifier } = fromBinary(HttpConnectionManagerSchema, configType.value.value);
      return routeSpecifier.case === "rds" ? [routeSpecifier.value.routeConfigName] : [];
    }),
  );
}

/** Names of one type that came since `from` (an index in `received`), each as often as it came. */
export function namesSince(client: DeltaClient, from: number, type: Type): readonly string[] {
  return client.received.slice(from).flatMap((response) => (response.type === type ? response.names : []));
}

/** Waits until responses hold every one of these names, or say that it is gone. */
export function untilReceived(
  client: DeltaClient,
  from: number,
  type: Type,
  names: readonly string[],
): Promise<unknown> {
  return until(`${names.join(", ")} of ${type}`, () => {
    const since = client.received.slice(from).filter((response) => response.type === type);
    return names.every((name) => since.some((one) => one.names.includes(name) || one.removed.includes(name)));
  });
}
