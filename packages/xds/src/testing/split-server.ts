import { create, DeltaDiscoveryRequestSchema, DiscoveryRequestSchema, NodeSchema, toBinary } from "@portolan/envoy";
import type { Secret } from "@portolan/model";
import { CLUSTER_LOAD_ASSIGNMENT } from "../resource/type-url.ts";
import { createAssembly } from "../server/assembly.ts";
import type { Assign } from "../server/assign.ts";
import type { CallListener, GrpcCall } from "../server/http2/grpc-call.ts";
import { DEFAULT_XDS_LIMITS } from "../server/limits.ts";
import type { Peer } from "../server/peer.ts";
import type { XdsConnection } from "../server/report.ts";
import { createRequestReader } from "../server/request-reader.ts";
import { DISCOVERY_METHODS } from "../server/services.ts";
import { type ServedStream, type StreamSurroundings, serveStream } from "../server/stream.ts";
import { createStreamHome, type StreamReport } from "../server/stream-home.ts";
import type { FromThread, ToThread } from "../server/threads/messages.ts";
import { createOutbox } from "../server/threads/outbox.ts";
import { createRemoteHome } from "../server/threads/remote-home.ts";
import { createThreadDesk } from "../server/threads/thread-desk.ts";
import type { Dialect } from "../session/protocol.ts";
import { createSharedNews } from "../session/shared-news.ts";
import { createSnapshotStore } from "../snapshot/create-snapshot-store.ts";
import { type ViewId, viewId } from "../snapshot/ids.ts";
import { createSnapshotReplica } from "../snapshot/replica.ts";
import type { SnapshotStore } from "../snapshot/snapshot-store.ts";
import { typeNamed } from "./resources.ts";

/** What a client asks for, in both dialects alike. */
export interface SplitRequest {
  readonly type: string;
  readonly names: readonly string[];
  readonly nonce: string;
  readonly error?: string | undefined;
}

interface Response {
  readonly nonce: string;
  readonly typeUrl: string;
}

export interface SplitStream {
  /** What was sent to it, and not taken from here. */
  readonly responses: Response[];
  say(request: SplitRequest): void;
  cancel(): void;
}

/**
 * The streams of one thread and their home in another, in one thread: what they say to each other waits until it is delivered, as a
 * copy by `structuredClone`.
 */
export interface SplitServer {
  readonly store: SnapshotStore;
  /** Told by the streams, and as the home has it; those of both are to be the same. */
  readonly told: readonly StreamReport[];
  readonly heard: readonly StreamReport[];
  /** Streams that were let in and not released. */
  readonly held: () => number;
  /** Tells whoever watches a secret. */
  renew(secret: Secret): number;
  open(dialect: Dialect, node: string): SplitStream;
  /** The turn of the streams' thread is over. */
  flush(): Promise<void>;
  /** The next message arrives, at the home or at the streams. */
  up(): Promise<void>;
  down(): Promise<void>;
  /** All messages do, while no stream looks at what changed; gives whether there were any. */
  arrive(): Promise<boolean>;
  /** Streams whose view changed look at it. */
  wake(): Promise<void>;
  /** All that was said, and what it leads to, arrives. */
  deliver(): Promise<void>;
  /** What the thread itself knows, and what its home does. */
  readonly own: () => readonly XdsConnection[];
  readonly mirrored: () => readonly XdsConnection[];
}

const spiffe = "spiffe://cluster.local/ns/shop/sa/reviews";
const identity = { trustDomain: "cluster.local", namespace: "shop", serviceAccount: "reviews" } as never;
const kinds = new Map([...DISCOVERY_METHODS.values()].map((kind) => [`${kind.shortName} ${kind.dialect}`, kind]));

/** The view with its load assignments alone: what a stream is served from that asks for them first. */
export function endpointsOf(view: ViewId): ViewId {
  return viewId(`${view} endpoints`);
}

export function createSplitServer(now: () => number): SplitServer {
  const store = createSnapshotStore({ segmentBytes: 512 });
  const told: StreamReport[] = [];
  const heard: StreamReport[] = [];
  const watchers = new Set<(secret: Secret) => void>();
  const up: FromThread[] = [];
  const down: ToThread[] = [];
  let held = 0;

  const assign: Assign = (_peer, { id }, asked) => {
    held++;
    const view = viewId(id.split("/")[0] ?? "");
    const assigned = { view, identity, release: () => held-- };
    if (asked !== CLUSTER_LOAD_ASSIGNMENT) return assigned;
    return { ...assigned, view: endpointsOf(view), types: [CLUSTER_LOAD_ASSIGNMENT] };
  };
  const home = createStreamHome({
    assign,
    secrets: {
      watch(_identity, _name, listener) {
        watchers.add(listener);
        return () => watchers.delete(listener);
      },
    },
    limits: DEFAULT_XDS_LIMITS,
    now,
    report(report) {
      if (report.kind === "fault") throw report.cause;
      heard.push(report);
    },
  });
  const desk = createThreadDesk({ home, further: new Map(), post: (message) => down.push(structuredClone(message)) });
  store.subscribe((message) => down.push(structuredClone({ kind: "snapshot", message })));

  const outbox = createOutbox((news) => up.push(structuredClone({ kind: "turn", news })));
  const remote = createRemoteHome(outbox);
  const replica = createSnapshotReplica();
  const streams = new Map<ServedStream, ViewId>();
  const sent = new Map<number, Response[]>();
  const sleeping = new Set<ServedStream>();
  let last = 0;
  const around: StreamSurroundings = {
    replica,
    home: remote,
    limits: DEFAULT_XDS_LIMITS,
    assembly: createAssembly("portolan"),
    shared: createSharedNews(),
    requests: createRequestReader(),
    resourceErrors: [],
    ttl: "announced",
    now,
    report(report) {
      told.push(report);
      if (report.kind === "push") sent.get(report.stream)?.push(report);
      remote.report(report);
    },
    follow(stream, view) {
      if (view === undefined) streams.delete(stream);
      else streams.set(stream, view);
    },
    touch: outbox.touch,
    remind() {},
    awaitNode() {},
    nodeCame() {},
  };

  function apply(message: ToThread): void {
    if (message.kind === "decided" || message.kind === "reassigned" || message.kind === "secret") remote.take(message);
    if (message.kind !== "snapshot") return;
    // Who is asked at every revision knows exactly how far it is.
    for (const stream of streams.keys()) stream.connection();
    const changed = replica.apply(message.message);
    const views = [...changed].filter((view) => [...streams.values()].includes(view));
    outbox.post({ kind: "revision", revision: message.message.revision, views });
    for (const [stream, view] of streams) if (changed.has(view)) sleeping.add(stream);
  }

  async function flush(): Promise<void> {
    outbox.flush();
  }

  async function takeUp(): Promise<void> {
    const message = up.shift();
    if (message?.kind === "turn") for (const news of message.news) desk.take(news);
    await new Promise(setImmediate);
  }

  async function takeDown(): Promise<void> {
    const message = down.shift();
    if (message !== undefined) apply(message);
    await new Promise(setImmediate);
  }

  async function arrive(): Promise<boolean> {
    await flush();
    const any = up.length + down.length > 0;
    while (up.length + down.length > 0) {
      await takeDown();
      await takeUp();
    }
    return any;
  }

  async function wake(): Promise<void> {
    for (const stream of sleeping) if (streams.has(stream)) stream.wake();
    sleeping.clear();
    await new Promise(setImmediate);
  }

  return {
    store,
    told,
    heard,
    held: () => held,
    renew(secret) {
      for (const watcher of watchers) watcher(secret);
      return watchers.size;
    },
    open(dialect, node) {
      const responses: Response[] = [];
      const number = ++last;
      sent.set(number, responses);
      let listener: CallListener | undefined;
      const call = {
        listen(given: CallListener) {
          listener = given;
        },
        pause() {},
        resume() {},
        end() {},
        write: (_frame: Buffer, taken: () => void) => queueMicrotask(taken),
      };
      const kind = kinds.get(`ADS ${dialect}`);
      if (kind === undefined) throw new Error("no such service");
      const peer: Peer = { transport: "mtls", spiffe, address: `192.0.2.1:${number}` };
      serveStream(call as unknown as GrpcCall, kind, peer, number, around);
      let named = false;
      return {
        responses,
        say({ type, names, nonce, error }) {
          const common = {
            typeUrl: typeNamed(type).typeUrl,
            responseNonce: nonce,
            ...(named ? {} : { node: create(NodeSchema, { id: node }) }),
            ...(error === undefined ? {} : { errorDetail: { code: 3, message: error } }),
          };
          named = true;
          const bytes =
            dialect === "sotw"
              ? toBinary(
                  DiscoveryRequestSchema,
                  create(DiscoveryRequestSchema, { ...common, resourceNames: [...names] }),
                )
              : toBinary(
                  DeltaDiscoveryRequestSchema,
                  create(DeltaDiscoveryRequestSchema, { ...common, resourceNamesSubscribe: [...names] }),
                );
          listener?.message(Buffer.from(bytes));
        },
        cancel: () => listener?.cancelled(),
      };
    },
    async deliver() {
      for (let quiet = 0; quiet < 3; ) {
        await wake();
        quiet = (await arrive()) ? 0 : quiet + 1;
      }
    },
    arrive,
    flush,
    up: takeUp,
    down: takeDown,
    wake,
    own: () => [...streams.keys()].flatMap((stream) => stream.connection() ?? []),
    mirrored: () => desk.connections(store.revision),
  };
}
