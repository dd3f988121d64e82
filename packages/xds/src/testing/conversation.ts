import type { TypeUrl } from "../resource/type-url.ts";
import type { Dialect, RejectedResource, SessionEffect, SessionEvent, SessionRequest } from "../session/protocol.ts";
import { createSession, type Session, type SessionOptions } from "../session/session.ts";
import { createSnapshotStore } from "../snapshot/create-snapshot-store.ts";
import { layerId, viewId } from "../snapshot/ids.ts";
import { createSnapshotReplica } from "../snapshot/replica.ts";
import type { SnapshotStore } from "../snapshot/snapshot-store.ts";
import { resourceOf, typeNamed } from "./resources.ts";
import { parseClientLine, parseStoreLine } from "./script-line.ts";

interface Options {
  readonly maxResponseBytes?: number;
  readonly secrets?: "none" | readonly string[];
  readonly logLimit?: number;
  readonly maxRetiredBytes?: number;
  readonly maxNames?: number;
  readonly ttl?: SessionOptions["ttl"];
  readonly resourceErrors?: boolean;
}

/**
 * Plays a dialogue that can be read aloud and gives it back with the server's lines as they really were. A script is good
 * when it comes back unchanged. Lines, one event each:
 *
 *     store   CDS a=1 -b EDS a=1         set and remove; `a=1>EDS/a` refers; `a=1/4s` has a TTL
 *     client  CDS +a -b                  subscribe, unsubscribe; without names: a request that has none
 *     client  CDS ack | nack "reason"    answers the newest nonce of that type; may be followed by +a -b
 *     client  CDS nonce=x has a=1        another nonce; initial versions
 *     stuck | drain                      the socket takes nothing | takes what was written
 *     sleep | wake                       changes are not looked at | are again
 *     later   2s                         time passes; the session is woken if it asked for that
 *     reconnect                          another stream of the same node
 *     server  CDS #1 a=1 -b              a response: nonce, resources, removed; `~a=1/4s` renews a TTL and nothing else
 *     report  ...                        what is told besides
 */
export function play(dialect: Dialect, script: string, options: Options = {}): string {
  const conversation = createConversation(dialect, options);
  const lines: string[] = [];
  for (const line of linesOf(script)) {
    if (line.startsWith("server") || line.startsWith("report")) continue;
    lines.push(line, ...conversation.say(line));
  }
  return lines.join("\n");
}

/** A script without its indentation, for comparison with what `play` gives. */
export function spoken(script: string): string {
  return linesOf(script).join("\n");
}

/** A line each, without indentation. */
export function linesOf(script: string): string[] {
  return script
    .split("\n")
    .map((line) => line.trim().replace(/\s+/g, " "))
    .filter((line) => line !== "");
}

export interface Conversation {
  readonly store: SnapshotStore;
  readonly session: Session;
  say(line: string): string[];
}

export function createConversation(dialect: Dialect, options: Options = {}): Conversation {
  const store = createSnapshotStore({ segmentBytes: 256 });
  const view = viewId("v");
  const layer = layerId("l");
  const replica = createSnapshotReplica({ logLimit: 4096, ...options });
  const rejections = new Map<string, RejectedResource>();
  let session = open();
  let names = new Map<TypeUrl, Set<string>>();
  let nonces = new Map<TypeUrl, string>();
  let nonce = 0;
  let revision = 0;
  let nowMs = 0;
  let stuck = false;
  let asleep = false;
  let undrained = false;
  const said: string[] = [];

  store.subscribe((message) => {
    // Whatever crosses the thread boundary must survive it.
    const changed = replica.apply(structuredClone(message)).has(view);
    if (changed && !asleep) step({ kind: "changed" });
  });
  store.update({ revision: ++revision, views: [{ view, layers: [layer] }] });

  function open(): Session {
    const { maxResponseBytes = 4_000_000, secrets = [], maxNames = 1_000, ttl = "none" } = options;
    const { resourceErrors = false } = options;
    const limits = { maxNames, maxNameLength: 4096, maxTypes: 64, maxResponseBytes };
    const known = [...rejections.values()];
    return createSession({ dialect, replica, view, secrets, rejections: known, limits, ttl, resourceErrors });
  }

  function step(event: SessionEvent): void {
    for (const effect of session.step(event, nowMs)) onEffect(effect);
    // Drivers ask after each step: it must not change what comes next.
    void session.settled;
  }

  function onEffect(effect: SessionEffect): void {
    if (effect.kind !== "send") {
      const report = structuredClone(effect);
      const line = describe(report);
      if (line !== undefined) said.push(`report ${line}`);
      if (report.kind === "rejected") {
        for (const rejected of report.resources) rejections.set(`${rejected.typeUrl} ${rejected.name}`, rejected);
      }
      if (report.kind === "forgiven") rejections.delete(`${report.resource.typeUrl} ${report.resource.name}`);
      return;
    }
    const { typeUrl, resources, removed, version, oversize, ttl } = effect.response;
    if (version === "") throw new Error("a response without a version");
    const text = resources.map((resource) => {
      const body = new TextDecoder().decode(resource.bytes?.slice(resource.offset, resource.offset + resource.length));
      const lasts = ttl === "none" || resource.ttlMs === undefined ? "" : `/${resource.ttlMs / 1000}s`;
      if (ttl === "heartbeat") return `~${resource.name}=${resource.version}${lasts}`;
      if (resource.version === "none") return `${resource.name}=none`;
      if (!body.includes(`${resource.name}@${resource.version}`)) throw new Error(`wrong bytes: ${body}`);
      return `${resource.name}=${resource.version}${lasts}`;
    });
    const parts = [...text.sort(), ...[...removed].sort().map((name) => `-${name}`)];
    nonces.set(typeUrl, String(++nonce));
    said.push(["server", nameOf(typeUrl), `#${nonce}`, ...parts, ...(oversize ? ["(oversize)"] : [])].join(" "));
    step({ kind: "written", nonce: String(nonce) });
    if (stuck) undrained = true;
    else step({ kind: "drained" });
  }

  function sayStore(words: readonly string[]): void {
    store.update({ revision: ++revision, layers: [{ layer, ...parseStoreLine(words) }] });
  }

  function sayClient(words: readonly string[]): void {
    const { type, subscribe, unsubscribe, initialVersions, nonce: given, error } = parseClientLine(words);
    const { typeUrl } = typeNamed(type);
    const known = names.get(typeUrl) ?? new Set<string>();
    names.set(typeUrl, known);
    const newest = nonces.get(typeUrl) ?? "";
    const unsaid = dialect === "sotw" ? newest : "";
    const answer = given === undefined ? unsaid : given === "newest" ? newest : given.given;
    for (const name of unsubscribe) known.delete(name);
    for (const name of subscribe) known.add(name);
    const request: SessionRequest =
      dialect === "sotw"
        ? { kind: "sotw", typeUrl, names: [...known], nonce: answer, error }
        : { kind: "delta", typeUrl, subscribe, unsubscribe, initialVersions, nonce: answer, error };
    step({ kind: "request", request });
  }

  return {
    store,
    get session() {
      return session;
    },
    say(line) {
      const [who, ...words] = line.trim().split(/\s+/);
      nowMs += 1;
      said.length = 0;
      if (who === "store") sayStore(words);
      else if (who === "client") sayClient(words);
      else if (who === "sleep") asleep = true;
      else if (who === "wake") {
        asleep = false;
        step({ kind: "changed" });
      } else if (who === "later") {
        nowMs += Number.parseFloat(words[0] ?? "") * 1000;
        const { heartbeatAtMs = Number.POSITIVE_INFINITY } = session;
        if (heartbeatAtMs <= nowMs) step({ kind: "changed" });
      } else if (who === "stuck") stuck = true;
      else if (who === "drain") {
        stuck = false;
        if (undrained) step({ kind: "drained" });
        undrained = false;
      } else if (who === "secret") {
        const [name = "", version = ""] = (words[0] ?? "").split("=");
        const { body } = resourceOf("SDS", name, version);
        step({ kind: "secret", name, version, body });
      } else if (who === "reconnect") {
        names = new Map();
        nonces = new Map();
        session = open();
      } else if (who !== "#") throw new Error(`what is "${line}"?`);
      return [...said];
    },
  };
}

function nameOf(typeUrl: TypeUrl): string {
  return ["SDS", "CDS", "EDS", "ECDS", "LDS", "SRDS", "RDS", "VHDS", "RTDS"].find(
    (name) => typeNamed(name).typeUrl === typeUrl,
  ) as string;
}

function describe(effect: Exclude<SessionEffect, { kind: "send" }>): string | undefined {
  switch (effect.kind) {
    case "acknowledged":
      return undefined;
    case "rejected": {
      const bad = effect.resources.map(({ name, version }) => `${name}=${version}`);
      const suspects = effect.suspects.map((name) => `${name}?`);
      return [nameOf(effect.typeUrl), "rejected", ...bad, ...suspects].join(" ");
    }
    case "forgiven":
      return `${nameOf(effect.resource.typeUrl)} forgiven ${effect.resource.name}`;
    case "end":
      return `end ${effect.status}`;
    case "secrets":
      return ["secrets", ...effect.wanted.map((n) => `+${n}`), ...effect.unwanted.map((n) => `-${n}`)].join(" ");
  }
}
