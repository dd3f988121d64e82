import { resourceType } from "../resource/resource-type.ts";
import { SECRET, type TypeUrl } from "../resource/type-url.ts";
import type { ViewId } from "../snapshot/ids.ts";
import type { ReplicaResource, SnapshotReplica } from "../snapshot/replica.ts";
import { delta } from "./delta.ts";
import type { Told, WireDialect } from "./dialect.ts";
import { createHeartbeats, nextHeartbeatMs, noteHeld, noteTold, takeHeartbeats } from "./heartbeat.ts";
import type { KnownStep } from "./known-step.ts";
import { DEFAULT_SESSION_LIMITS, exceeded, type SessionLimits } from "./limits.ts";
import type {
  Dialect,
  RejectedResource,
  SessionEffect,
  SessionEvent,
  SessionRequest,
  SessionResponse,
  TtlForm,
  TypeStatus,
} from "./protocol.ts";
import { areReady } from "./push-order.ts";
import { reject } from "./rejection.ts";
import { select, take } from "./select.ts";
import type { SentChanges, SentNews } from "./sent-news.ts";
import { withSent } from "./sent-table.ts";
import { createSharedNews, type SharedNews } from "./shared-news.ts";
import { sotw } from "./sotw.ts";
import { statusOf } from "./status.ts";
import { isIdle, isWhole, knownStep, rememberStep, startOf, stepOf } from "./step-memory.ts";
import { createTypeState, demand, isSettled, noteAccepted, noteRejection, type TypeState } from "./type-state.ts";
import { createViewReader, type OwnSecrets, type ViewReader } from "./view-reader.ts";

export interface SessionOptions {
  readonly dialect: Dialect;
  readonly replica: SnapshotReplica;
  readonly view: ViewId;
  /** Names of secrets that come as events of their own; `none`: no secret is ever served. */
  readonly secrets: "none" | readonly string[];
  /** What this node rejected on earlier streams. */
  readonly rejections?: readonly RejectedResource[];
  readonly limits?: SessionLimits;
  /** Of which types the client is told how long it may keep resources that have a TTL; default none. */
  readonly ttl?: "none" | "full-state" | "all";
  /** Whether the client understands `resource_errors`; default no. */
  readonly resourceErrors?: boolean;
  /** One for all streams that are likely to be told the same. */
  readonly shared?: SharedNews;
}

/** One stream's side of the protocol. It does no I/O: events go in, effects come out. */
export interface Session {
  /** At most one of the effects is a `send`; the next event after that is `written`. */
  step(event: SessionEvent, nowMs: number): readonly SessionEffect[];
  /** Whether the client has acknowledged (or rejected) all that the view holds for it. */
  readonly settled: boolean;
  readonly view: ViewId;
  /** When a step is due even if nothing happens until then, because of a TTL. */
  readonly heartbeatAtMs: number | undefined;
  status(): readonly TypeStatus[];
}

export function createSession(options: SessionOptions): Session {
  const { limits = DEFAULT_SESSION_LIMITS, shared = createSharedNews(), ttl = "none" } = options;
  const dialect = (options.dialect === "sotw" ? sotw : delta) as WireDialect;
  const secrets: OwnSecrets = {
    served: options.secrets === "none" ? "none" : new Set(options.secrets),
    resources: options.secrets === "none" ? NO_SECRETS : new Map(),
  };
  const reader = createViewReader(options.replica, options.view, secrets);
  const states = new Map<TypeUrl, TypeState>();
  const stream = { reader, states };
  let ordered: readonly TypeState[] = [];
  let wantedSecrets = NO_NAMES;
  let unwritten: { readonly state: TypeState; readonly news: SentNews } | undefined;
  let draining = false;
  // Something changed that is not told on the wire (SotW has no words for a route that went): types before it may go on.
  let silent = false;
  let ended = false;
  let effects: SessionEffect[] = NOTHING;

  function stateOf(typeUrl: TypeUrl): TypeState {
    let state = states.get(typeUrl);
    if (state === undefined) {
      const type = resourceType(typeUrl);
      state = createTypeState(type, shared.first(type));
      state.tellsMissing = options.resourceErrors === true;
      if (ttl === "all" || (ttl === "full-state" && type.fullState)) state.heartbeats = createHeartbeats();
      for (const rejection of options.rejections ?? []) {
        if (rejection.typeUrl !== typeUrl) continue;
        const { name, version, message, accepted } = rejection;
        noteRejection(state, name, { version, message, accepted: accepted && toResource(typeUrl, name, accepted) });
      }
      states.set(typeUrl, state);
      ordered = [...states.values()].sort((a, b) => a.type.rank - b.type.rank);
    }
    return state;
  }

  /** Most steps have one effect or none: an array that grows takes room for many. */
  function emit(effect: SessionEffect): void {
    if (effects === NOTHING) effects = [effect];
    else effects.push(effect);
  }

  function onRequest(request: SessionRequest, nowMs: number): void {
    const message = exceeded(limits, states, request, shared.lists);
    if (message !== undefined) {
      ended = true;
      emit({ kind: "end", status: "RESOURCE_EXHAUSTED", message });
      return;
    }
    const state = stateOf(request.typeUrl);
    const { inFlight } = state;
    const answer = dialect.answerOf(state, request);
    if (inFlight !== undefined && answer !== "none") {
      state.inFlight = undefined;
      if (answer === "rejected") {
        emit(reject(state, inFlight, request.error ?? "", nowMs));
      } else {
        noteAccepted(state, inFlight);
        state.acknowledged = { nonce: inFlight.nonce, version: inFlight.version, atMs: nowMs };
        const { typeUrl } = state.type;
        emit({ kind: "acknowledged", typeUrl, nonce: inFlight.nonce, waitedMs: nowMs - inFlight.atMs });
      }
    }
    if (!dialect.resubscribe(state, request, shared)) return;
    state.opened = true;
    if (state.refresh.size > 0) state.refresh.clear();
    if (state.type.typeUrl === SECRET) watchSecrets(state);
  }

  function watchSecrets(state: TypeState): void {
    if (secrets.served === "none") return;
    const next = new Set([...secrets.served].filter((name) => state.names.has(name)));
    const wanted = [...next].filter((name) => !wantedSecrets.has(name));
    const unwanted = [...wantedSecrets].filter((name) => !next.has(name));
    for (const name of unwanted) secrets.resources.delete(name);
    wantedSecrets = next;
    if (wanted.length + unwanted.length > 0) emit({ kind: "secrets", wanted, unwanted });
  }

  function respond(state: TypeState): SessionResponse | undefined {
    const to = reader.position(state.type.typeUrl);
    if (to === state.position && !state.rebase && isIdle(state)) return undefined;
    const { revision } = reader;
    const known = knownStep(state, dialect.kind, to, revision);
    if (known !== undefined && areReady(stream, known.waiting)) return follow(state, known);
    const start = startOf(state, { dialect: dialect.kind, to, revision });
    const { sent } = state;
    reader.absorb(state);
    if (state.rebase || isIdle(state)) return undefined;
    const { maxResponseBytes: maxBytes } = limits;
    const selection = select(stream, state, { dialect: dialect.kind, maxBytes });
    const { taken, forgiven } = selection;
    for (const resource of forgiven) emit({ kind: "forgiven", resource });
    const announce = (state.announce && state.due.size === taken.size) || selection.asks;
    if (taken.size === 0 && !announce) {
      const previous = take(state, selection);
      if (start !== undefined && isWhole(state, taken, previous)) {
        rememberStep(state, sent, () => stepOf(start, selection, undefined));
      }
      return undefined;
    }
    const demanded =
      state.unanswered.size === 0 ? NO_NAMES : new Set([...taken.keys()].filter((name) => state.unanswered.has(name)));
    const previous = take(state, selection);
    if (announce) state.announce = false;
    refreshChildren(taken, previous);
    const response = dialect.respond(state, { taken, demanded, announce, revision });
    if (response === undefined) {
      silent = true;
      return undefined;
    }
    const news = newsOf(state, previous, taken, response);
    unwritten = { state, news };
    if (start !== undefined && isWhole(state, taken, previous)) {
      rememberStep(state, sent, () => stepOf(start, selection, news));
    }
    return news.response;
  }

  /** What the client would drop by itself is told again in time, when there is nothing else to tell. */
  function renew(state: TypeState, nowMs: number): SessionResponse | undefined {
    const resources = takeHeartbeats(state, nowMs);
    if (resources.length === 0) return undefined;
    const renewed = dialect.renew(state, resources, reader.revision);
    unwritten = { state, news: newsOf(state, NO_RESOURCES, NO_RESOURCES, renewed) };
    return unwritten.news.response;
  }

  function newsOf(state: TypeState, previous: SentChanges, taken: SentChanges, response: Told): SentNews {
    let bytes = 0;
    let form: TtlForm = "none";
    for (const { length, ttlMs } of response.resources) {
      bytes += length;
      if (ttlMs !== undefined && state.heartbeats !== undefined) form = response.ttl;
    }
    const oversize = form !== "heartbeat" && bytes > limits.maxResponseBytes;
    return { previous, taken, response: { ...response, ttl: form, oversize } };
  }

  function follow(state: TypeState, step: KnownStep): SessionResponse | undefined {
    const { start, news, proved, changes, parents } = step;
    step.followed = true;
    state.alone = 0;
    state.lastStep = undefined;
    state.rebase = false;
    state.position = start.to;
    state.sent = withSent(state.sent, changes);
    state.due.clear();
    state.unanswered.clear();
    state.announce = false;
    if (proved.size > 0) noteHeld(state, proved.values());
    if (news === undefined) return undefined;
    if (parents) refreshChildren(news.taken, news.previous);
    unwritten = { state, news };
    return news.response;
  }

  /** A cluster that was changed waits for its endpoints, although these did not change (envoy#13009). */
  function refreshChildren(taken: SentChanges, previous: SentChanges): void {
    for (const [name, target] of taken) {
      if (target === undefined || target.references.length === 0) continue;
      if (target.version === previous.get(name)?.version) continue;
      const { children } = resourceType(target.typeUrl);
      for (const { typeUrl, name: child } of target.references) {
        if (!children.some((type) => type.refresh && type.typeUrl === typeUrl)) continue;
        const state = stateOf(typeUrl);
        if (!state.opened) state.refresh.add(child);
        else if (state.wildcard || state.names.has(child)) demand(state, [child]);
      }
    }
  }

  function pump(nowMs: number): void {
    if (draining || unwritten !== undefined || ended) return;
    do {
      silent = false;
      for (const state of ordered) {
        if (!state.opened || state.inFlight !== undefined) continue;
        const response = respond(state) ?? renew(state, nowMs);
        if (response === undefined) continue;
        emit({ kind: "send", response });
        return;
      }
    } while (silent);
  }

  function apply(event: SessionEvent, nowMs: number): void {
    switch (event.kind) {
      case "request":
        onRequest(event.request, nowMs);
        return;
      case "reassigned":
        reader.view = event.view;
        return;
      case "written": {
        if (unwritten === undefined) return;
        const { state, news } = unwritten;
        unwritten = undefined;
        draining = true;
        const { previous, taken, response } = news;
        state.inFlight = { nonce: event.nonce, version: response.version, atMs: nowMs, previous, taken };
        noteTold(state, taken, nowMs);
        state.lastNonce = event.nonce;
        return;
      }
      case "drained":
        draining = false;
        return;
      case "secret": {
        if (!wantedSecrets.has(event.name)) return;
        secrets.resources.set(
          event.name,
          toResource(SECRET, event.name, { ...event, ttlMs: undefined, references: [] }),
        );
        stateOf(SECRET).due.add(event.name);
        return;
      }
      case "changed":
        return;
    }
  }

  function step(event: SessionEvent, nowMs: number): readonly SessionEffect[] {
    if (ended) return NOTHING;
    effects = NOTHING;
    apply(event, nowMs);
    pump(nowMs);
    return effects;
  }

  function settled(): boolean {
    // First by what is known already: most who ask do so while an answer is awaited.
    for (const state of ordered) if (state.opened && !state.rebase && !isSettled(state)) return false;
    for (const state of ordered) {
      if (!state.opened) continue;
      reader.absorb(state);
      if (!isSettled(state)) return false;
    }
    return true;
  }

  // Also of types for which the client does not ask yet: what it accepted of them it uses already.
  for (const { typeUrl } of options.rejections ?? []) stateOf(typeUrl);
  const heartbeatAtMs = () => (draining || ended ? undefined : nextHeartbeatMs(ordered));
  const status = () => ordered.filter((state) => state.opened).map(statusOf);
  return new SteppedSession(step, settled, reader, heartbeatAtMs, status);
}

/** A class, so that all streams' sessions have one shape: getters in object literals would give each its own. */
class SteppedSession implements Session {
  readonly step: Session["step"];
  readonly status: Session["status"];
  private readonly isSettled: () => boolean;
  private readonly reader: ViewReader;
  private readonly heartbeat: () => number | undefined;

  constructor(
    step: Session["step"],
    isSettled: () => boolean,
    reader: ViewReader,
    heartbeat: () => number | undefined,
    status: Session["status"],
  ) {
    this.step = step;
    this.isSettled = isSettled;
    this.reader = reader;
    this.heartbeat = heartbeat;
    this.status = status;
  }

  get settled(): boolean {
    return this.isSettled();
  }

  get view(): ViewId {
    return this.reader.view;
  }

  get heartbeatAtMs(): number | undefined {
    return this.heartbeat();
  }
}

/** Nothing is put into it. */
const NOTHING: SessionEffect[] = [];
const NO_NAMES: ReadonlySet<string> = new Set();
const NO_RESOURCES: ReadonlyMap<string, undefined> = new Map();
/** Nothing is put into it: where no secret is served, none is wanted. */
const NO_SECRETS = new Map<string, ReplicaResource>();

function toResource(
  typeUrl: TypeUrl,
  name: string,
  { version, ttlMs, references, body }: NonNullable<RejectedResource["accepted"]>,
): ReplicaResource {
  return { typeUrl, name, version, ttlMs, references, bytes: body, offset: 0, length: body.length };
}
