import type { EncodedResource } from "../resource/encoded-resource.ts";
import type { TypeUrl } from "../resource/type-url.ts";
import type {
  Dialect,
  RejectedResource,
  SessionEffect,
  SessionEvent,
  SessionRequest,
  SessionResponse,
} from "../session/protocol.ts";
import { createSession, type Session } from "../session/session.ts";
import { createSnapshotStore } from "../snapshot/create-snapshot-store.ts";
import { viewId } from "../snapshot/ids.ts";
import { createSnapshotReplica } from "../snapshot/replica.ts";
import { createModelClient, type Delivered, type ModelClient, type Rejects } from "./model-client.ts";
import { resourceOf, typeNamed } from "./resources.ts";
import { createSubscriber, SUBSCRIBED_TYPES, type SubscribedType, type Subscriber } from "./subscriber.ts";

/** One event of a random history. Numbers are taken modulo what there is. */
export type Happening =
  | { readonly kind: "service"; readonly at: number; readonly version: number }
  | { readonly kind: "endpoints"; readonly at: number; readonly version: number }
  | { readonly kind: "route"; readonly at: number; readonly to: readonly number[]; readonly version: number }
  | { readonly kind: "listener"; readonly at: number; readonly version: number }
  | { readonly kind: "deliver" }
  | { readonly kind: "upload" }
  | { readonly kind: "stall" }
  | { readonly kind: "reconnect" }
  | { readonly kind: "restart" }
  | { readonly kind: "rest" }
  /** Only where the client is a subscriber. `at`: which name; the last ones are `*` and one that does not exist. */
  | { readonly kind: "open"; readonly type: SubscribedType }
  | { readonly kind: "subscribe"; readonly type: SubscribedType; readonly at: number }
  | { readonly kind: "unsubscribe"; readonly type: SubscribedType; readonly at: number };

export interface HistoryOptions {
  readonly dialect: Dialect;
  /** `envoy`: asks for what clusters and listeners name. `subscriber`: for whatever it likes. */
  readonly client?: "envoy" | "subscriber";
  /** Default: `each`. */
  readonly rejects?: Rejects;
  /** Whether some versions are such that the client rejects them. */
  readonly bad: boolean;
  /** One stream for everything, which is the default, or one for each type. */
  readonly streams?: "aggregated" | "separate";
}

const SERVICES = 4;
const ROUTES = 3;

function nameAt(type: SubscribedType, at: number): string {
  const [letter, count] = type === "CDS" || type === "EDS" ? ["s", SERVICES] : [type === "LDS" ? "l" : "r", ROUTES];
  const index = at % (count + 2);
  return index < count ? `${letter}${index}` : index === count ? "*" : "nobody";
}

interface Wished {
  readonly clusters: Map<number, string>;
  readonly endpoints: Map<number, string>;
  readonly routes: Map<number, { readonly version: string; readonly to: readonly number[] }>;
  readonly listeners: Map<number, string>;
}

/** Plays a history between a store, a session and a model client, with requests and responses under way between them. */
export interface History {
  readonly client: ModelClient;
  /** In the client's place, where the options say so. */
  readonly subscriber: Subscriber;
  happen(happening: Happening): void;
  /** Delivers all that is under way until nothing is; gives the number of responses that this took. */
  finish(): number;
  /** What the store holds, `CDS a` -> version. */
  wished(): ReadonlyMap<string, string>;
  readonly settled: boolean;
  /** What the client was told to drop although it is there, and only its newest version was rejected. */
  readonly lost: readonly string[];
}

export function createHistory(options: HistoryOptions): History {
  const { dialect, client: who = "envoy", rejects = "each", bad, streams = "aggregated" } = options;
  const view = viewId("v");
  const client = createModelClient({ dialect, rejects });
  const subscriber = createSubscriber(dialect);
  const driven = who === "envoy" ? client : subscriber;
  const wishes: Wished = { clusters: new Map(), endpoints: new Map(), routes: new Map(), listeners: new Map() };
  const rejections = new Map<string, RejectedResource>();
  let down: Delivered[] = [];
  let up: SessionRequest[] = [];
  const undrained = new Set<Session>();
  let stalled = false;
  let nonce = 0;
  let responses = 0;
  const lost: string[] = [];
  let server = start();
  let sessions = open();

  function start() {
    const store = createSnapshotStore({ segmentBytes: 512 });
    const replica = createSnapshotReplica({ logLimit: 4 });
    store.subscribe((message) => {
      // Where the socket takes nothing, changes go unseen for a while too, as they do under load.
      const changed = replica.apply(structuredClone(message)).has(view);
      if (changed && server !== undefined && !stalled) step({ kind: "changed" });
    });
    return { store, replica };
  }

  /** By type URL; all the same where one stream is for everything. */
  function open(): ReadonlyMap<TypeUrl, Session> {
    const one = () => {
      const known = [...rejections.values()];
      return createSession({ dialect, replica: server.replica, view, secrets: [], rejections: known });
    };
    const aggregated = one();
    return new Map(
      SUBSCRIBED_TYPES.map((type) => [typeNamed(type).typeUrl, streams === "separate" ? one() : aggregated]),
    );
  }

  function connect(): void {
    sessions = open();
    down = [];
    undrained.clear();
    up = [...driven.connect()];
  }

  function step(event: SessionEvent): void {
    const own = event.kind === "request" ? sessions.get(event.request.typeUrl) : undefined;
    for (const session of own === undefined ? new Set(sessions.values()) : [own]) stepOne(session, event);
  }

  function stepOne(session: Session, event: SessionEvent): void {
    for (const effect of session.step(event, 0)) apply(effect, session);
    // Drivers ask after each step: it must not change what comes next.
    void session.settled;
  }

  function apply(effect: SessionEffect, session: Session): void {
    if (effect.kind === "send") {
      responses++;
      down.push({ response: effect.response, nonce: String(++nonce) });
      const bytes = effect.response.resources.every((resource) => resource.bytes !== undefined);
      if (!bytes) throw new Error("a resource without bytes was sent");
      noteLost(effect.response);
      stepOne(session, { kind: "written", nonce: String(nonce) });
      undrained.add(session);
      if (!stalled) drain();
    } else if (effect.kind === "rejected") {
      for (const rejected of effect.resources) rejections.set(`${rejected.typeUrl} ${rejected.name}`, rejected);
    } else if (effect.kind === "forgiven") {
      rejections.delete(`${effect.resource.typeUrl} ${effect.resource.name}`);
    } else if (effect.kind === "end") throw new Error(effect.message);
  }

  /** A SotW client that comes back does not say what it has: what is whole (clusters, listeners) is not known of it then. */
  function noteLost({ typeUrl, resources, removed }: SessionResponse): void {
    const has = client.state();
    const there = wished();
    const empty = resources.filter(({ version }) => version === "none").map(({ name }) => name);
    for (const name of [...removed, ...empty]) {
      const key = `${shortOf(typeUrl)} ${name}`;
      if (has.has(key) && there.has(key))
        lost.push(`${key}: the client was told that there is none, and had ${has.get(key)}`);
    }
  }

  function wished(): ReadonlyMap<string, string> {
    return new Map(
      (server.store.resources(view) ?? []).map(({ typeUrl, name, version }) => [
        `${shortOf(typeUrl)} ${name}`,
        version,
      ]),
    );
  }

  function shortOf(typeUrl: TypeUrl): string | undefined {
    return SUBSCRIBED_TYPES.find((candidate) => typeNamed(candidate).typeUrl === typeUrl);
  }

  function drain(): void {
    const slept = stalled;
    stalled = false;
    if (slept) step({ kind: "changed" });
    for (const session of [...undrained]) {
      undrained.delete(session);
      stepOne(session, { kind: "drained" });
    }
  }

  function versionOf(version: number): string {
    return bad && version % 5 === 4 ? `bad${version}` : `${version}`;
  }

  function publish(): void {
    const eds = (at: number) => ({ typeUrl: typeNamed("EDS").typeUrl, name: `s${at}` });
    const cds = (at: number) => ({ typeUrl: typeNamed("CDS").typeUrl, name: `s${at}` });
    const rds = (at: number) => ({ typeUrl: typeNamed("RDS").typeUrl, name: `r${at}` });
    const resources: EncodedResource[] = [];
    for (const [at, version] of wishes.clusters) {
      resources.push(resourceOf("CDS", `s${at}`, version, [eds(at)]));
      resources.push(resourceOf("EDS", `s${at}`, wishes.endpoints.get(at) ?? "0"));
    }
    for (const [at, { version, to }] of wishes.routes) {
      const there = to.filter((service) => wishes.clusters.has(service));
      resources.push(resourceOf("RDS", `r${at}`, `${version}/${there.join()}`, there.map(cds)));
      const listener = wishes.listeners.get(at);
      if (listener !== undefined) resources.push(resourceOf("LDS", `l${at}`, listener, [rds(at)]));
    }
    server.store.set(view, resources);
  }

  publish();
  connect();

  function happen(happening: Happening): void {
    switch (happening.kind) {
      case "service": {
        const at = happening.at % SERVICES;
        if (happening.version % 4 === 0) wishes.clusters.delete(at);
        else wishes.clusters.set(at, versionOf(happening.version));
        publish();
        return;
      }
      case "endpoints":
        wishes.endpoints.set(happening.at % SERVICES, versionOf(happening.version));
        publish();
        return;
      case "route": {
        const at = happening.at % ROUTES;
        const to = [...new Set(happening.to.map((service) => service % SERVICES))].sort();
        if (happening.version % 6 === 0) wishes.routes.delete(at);
        else wishes.routes.set(at, { version: versionOf(happening.version), to });
        publish();
        return;
      }
      case "listener": {
        const at = happening.at % ROUTES;
        if (happening.version % 4 === 0) wishes.listeners.delete(at);
        else wishes.listeners.set(at, versionOf(happening.version));
        publish();
        return;
      }
      case "deliver": {
        const next = down.shift();
        if (next !== undefined) up.push(...driven.receive(next));
        return;
      }
      case "upload": {
        const request = up.shift();
        if (request !== undefined) step({ kind: "request", request });
        return;
      }
      case "stall":
        stalled = true;
        return;
      case "rest":
        finish();
        return;
      case "open":
        if (who === "subscriber") up.push(...subscriber.open(happening.type));
        return;
      case "subscribe":
      case "unsubscribe":
        if (who === "subscriber") {
          up.push(...subscriber[happening.kind](happening.type, nameAt(happening.type, happening.at)));
        }
        return;
      case "reconnect":
        connect();
        return;
      case "restart":
        // Another replica with the same configuration, which knows nothing of this client.
        rejections.clear();
        server = start();
        sessions = open();
        publish();
        connect();
        return;
    }
  }

  /** Gives the number of responses that it took. */
  function finish(): number {
    const before = responses;
    for (let round = 0; round < 10_000; round++) {
      drain();
      if (down.length === 0 && up.length === 0) break;
      happen({ kind: "deliver" });
      happen({ kind: "upload" });
    }
    return responses - before;
  }

  return {
    client,
    subscriber,
    happen,
    finish,
    wished,
    lost,
    get settled() {
      return [...sessions.values()].every(({ settled }) => settled);
    },
  };
}
