import type { Mutant } from "./mutant.ts";

const tests = ["session"];

function bug(name: string, file: string, find: string, replace: string, where: readonly string[] = tests): Mutant {
  return { name, edits: [{ file, find, replace }], tests: where };
}

/** What other xDS servers got wrong, and what would be as bad. */
export const protocolMutants: readonly Mutant[] = [
  bug(
    "EDS is not sent again after a CDS change",
    "session/session.ts",
    "else if (state.wildcard || state.names.has(child)) demand(state, [child]);",
    "else if (state.refresh.has(child)) demand(state, [child]);",
  ),
  bug(
    "EDS is believed to be known after a CDS change on a new stream",
    "session/session.ts",
    "if (!state.opened) state.refresh.add(child);",
    "if (!state.opened) continue;",
  ),
  bug(
    "delta: a resubscribed name is not answered",
    "session/subscription.ts",
    "demand(state, set);",
    "state.due.addAll(set);",
  ),
  bug(
    "SotW: a resubscribed name is not answered",
    "session/sotw.ts",
    "(name) => !before.has(name) || state.leftOut.has(name)",
    "(name) => state.leftOut.has(name)",
  ),
  bug(
    "SotW: the wildcard is kept after unsubscribing from everything",
    "session/sotw.ts",
    ` && !state.everNamed;`,
    ";",
  ),
  bug(
    "delta: the wildcard is kept after unsubscribing from everything",
    "session/delta.ts",
    "const first = !state.opened;",
    "const first = !state.opened || state.names.size === 0;",
  ),
  bug(
    "delta: the wildcard is kept after unsubscribing from it",
    "session/subscription.ts",
    "if (!state.wildcard) return;\n  state.wildcard = false;",
    "if (state.wildcard) return;\n  state.wildcard = false;",
  ),
  bug(
    "SotW: a stale nonce loses a subscription",
    "session/sotw.ts",
    "const listed = new Set(names);",
    "const listed = new Set(names);\n      state.names = shared.lists.of(names).table;",
  ),
  bug(
    "SotW: a name that came back in a void request is not sent again",
    "session/sotw.ts",
    "state.leftOut.add(name);\n      if",
    "state.leftOut.size;\n      if",
  ),
  bug(
    "delta: a stale nonce loses a subscription",
    "session/delta.ts",
    "const first = !state.opened;",
    'const first = !state.opened;\n    if (request.nonce !== "" && request.nonce !== state.lastNonce) return false;',
  ),
  bug(
    "a rejected version is sent in a loop",
    "session/target.ts",
    "if (rejected.version !== current.version) return current;",
    "return current;",
  ),
  bug(
    "a removed name is not told after a reconnect",
    "session/select.ts",
    "if (target === undefined) {\n        if (sent !== undefined) {",
    "if (target === undefined) {\n        if (sent !== undefined && sent.bytes === undefined) {\n          state.due.delete(name);\n          continue;\n        }\n        if (sent !== undefined) {",
  ),
  {
    name: "the version is a counter that a restart resets",
    edits: [
      {
        file: "resource/encoded-resource.ts",
        find: "const version = options.version || (ttlMs",
        replace: "const version = options.version || String(++counter) || (ttlMs",
      },
      {
        file: "resource/encoded-resource.ts",
        find: "export function encodeResourceBytes(",
        replace: "let counter = 0;\n\nexport function encodeResourceBytes(",
      },
    ],
    tests: ["resource"],
  },
  bug(
    "a push is lost that comes while an ACK is pending",
    "session/session.ts",
    "if (!state.opened || state.inFlight !== undefined) continue;",
    "if (state.inFlight !== undefined) {\n          reader.absorb(state);\n          state.due.clear();\n        }\n        if (!state.opened || state.inFlight !== undefined) continue;",
  ),
  bug(
    "two ACKs are pending for one type",
    "session/session.ts",
    "if (!state.opened || state.inFlight !== undefined) continue;",
    "if (!state.opened) continue;",
  ),
  bug("RDS goes before CDS", "resource/resource-type.ts", "rank: 6,", "rank: 0.5,"),
  bug(
    "a route is sent before the cluster that it names",
    "session/push-order.ts",
    "if (sent?.version !== target.version) return false;",
    "if (sent?.version !== target.version) return true;",
  ),
  bug(
    "a route is sent before the endpoints of the cluster that it names",
    "session/push-order.ts",
    "return sent.references.every((child) => isChildReady(stream, state, sent, child, rank));",
    "return true;",
  ),
  bug(
    "a cluster is removed before the ACK of the route that stopped naming it",
    "session/select.ts",
    "if (anchor !== undefined) continue;",
    "",
  ),
  bug(
    "SotW: only the clusters and listeners that changed are sent",
    "session/sotw.ts",
    "if (state.type.fullState) return",
    "if (state.type.fullState && taken.size === 0) return",
  ),
  bug(
    "SotW: a first list of listeners is sent although it is not whole",
    "session/select.ts",
    'if (whole && state.lastNonce === "" && taken.size < state.due.size) taken.clear();',
    "",
  ),
  bug(
    "SotW: an EDS name without data gets no answer",
    "session/sotw.ts",
    "return demanded.has(name) && !state.tellsMissing ? placeholder(state, name) : [];",
    "return [];",
  ),
  bug(
    "delta: an unknown name gets no answer",
    "session/delta.ts",
    "if (target === undefined) removed.push(name);",
    "if (target === undefined) removed.length += 0;",
  ),
  bug(
    "delta: all that is subscribed to is sent where one name is new",
    "session/subscription.ts",
    "demand(state, set);",
    "demand(state, [...state.names.names()]);",
  ),
  bug(
    "delta: a request without a nonce is taken for an answer",
    "session/delta.ts",
    'if (request.nonce === "" || request.nonce !== state.inFlight?.nonce) return "none";',
    'if (request.nonce !== "" && request.nonce !== state.inFlight?.nonce) return "none";',
  ),
  bug(
    "delta: what the client says that it has is sent again",
    "session/delta.ts",
    "state.sent = withSent(state.sent, believed);",
    "",
  ),
  bug(
    "SotW: any nonce is an answer",
    "session/sotw.ts",
    "if (state.inFlight === undefined || request.nonce !== state.inFlight.nonce) return",
    "if (state.inFlight === undefined) return",
  ),
  bug(
    "what was unsubscribed from while it was under way cannot be the bad one",
    "session/rejection.ts",
    "(name) => taken.get(name) !== undefined)",
    "(name) => state.sent.get(name) !== undefined)",
  ),
  bug(
    "a NACK is taken for an ACK",
    "session/delta.ts",
    'return request.error === undefined ? "acknowledged" : "rejected";',
    'return "acknowledged";',
  ),
  bug(
    "what was rejected is forgotten with the stream",
    "session/session.ts",
    "if (rejection.typeUrl !== typeUrl) continue;",
    "if (rejection.typeUrl !== SECRET) continue;",
  ),
  bug(
    "a rejected version is not forgiven when the resource changes",
    "session/type-state.ts",
    "state.rejected.delete(name);",
    "",
  ),
  bug(
    "a rejection that names nothing is taken for one of everything",
    "session/rejection.ts",
    "if (changed.length === 1) return blame",
    "if (changed.length >= 1) return blame",
  ),
  bug(
    "a half that cannot be sent holds back the other",
    "session/select.ts",
    "if (group === undefined || taken.size > 0) break;",
    "if (group === undefined || taken.size > 0 || [...group].some((name) => state.due.has(name))) break;",
  ),
  bug(
    "who comes back loses a cluster to which its routes still lead",
    "session/push-order.ts",
    "if (type.typeUrl !== CLUSTER) return undefined;",
    "if (type.rank >= 0) return undefined;",
  ),
  bug(
    "who comes back is not waited for, since nothing can be told before",
    "session/select.ts",
    "const asks = unsaid ===",
    "const asks = false && unsaid ===",
  ),
  bug(
    "what came with a rejected resource is taken for applied, although nothing was",
    "session/rejection.ts",
    "if (!OTHERS_APPLIED.test(message)) revert(state, inFlight, others(taken, named));",
    "",
  ),
  bug(
    "what a rejected resource refers to is taken for rejected",
    "session/rejection.ts",
    "if (own.size > 0 || message.includes(QUOTED)) return names.filter((name) => own.has(name));",
    "",
  ),
  bug(
    "SotW: a rejected cluster is left out although another version was accepted",
    "session/rejection.ts",
    "state.sent = withSent(state.sent, new Map([[name, before]]));",
    "state.sent = withSent(state.sent, new Map([[name, undefined]]));",
  ),
  bug(
    "a name is found in an error text where it is a part of another",
    "session/rejection.ts",
    "if (!/[\\w.|/-]/.test(before) && !/^([\\w|/-]|[.:][\\w*])/.test(after)) return true;",
    "if (before !== after) return true;",
  ),
  bug(
    "what is not known yet is told as removed",
    "session/view-reader.ts",
    "return view === undefined ? UNKNOWN :",
    "return view === undefined ? undefined :",
  ),
  bug("a client that slept too long misses what changed", "snapshot/change-log.ts", "return undefined;", "return [];"),
  bug(
    "a response that could be split is not",
    "session/select.ts",
    "if (!whole && taken.size > 0 && bytes + target.length > options.maxBytes) break;",
    "",
  ),
  bug("a socket that takes nothing is given more", "session/session.ts", "draining = true;", "draining = false;"),
  bug(
    "unsubscribing from a name that the wildcard covers is not answered",
    "session/delta.ts",
    "if (state.wildcard) demand(state, [...gone.keys()]);",
    "if (state.wildcard) return;",
  ),
  bug(
    "what one stream may be told is told to another that is not ready for it",
    "session/session.ts",
    "if (known !== undefined && areReady(stream, known.waiting)) return",
    "if (known !== undefined) return",
  ),
  bug(
    "what one stream may lose is taken from another that still uses it",
    "session/step-memory.ts",
    "for (const [name, resource] of taken) if (resource === undefined && previous.get(name) !== undefined) return false;",
    "",
  ),
  bug(
    "a stream that rejected something is told what others are",
    "session/step-memory.ts",
    "&&\n    state.rejected.size + state.trial.length + state.withheld.size === 0;",
    ";",
  ),
  bug(
    "a cluster that all are told does not bring its endpoints to all",
    "session/session.ts",
    "if (parents) refreshChildren(news.taken, news.previous);",
    "",
  ),
  bug(
    "a table that others hold changes",
    "session/shared-table.ts",
    "if (at.before?.has(name)) return at.before.get(name);",
    "",
  ),
  bug(
    "a request may hold any number of names",
    "session/limits.ts",
    "if (names.length > limits.maxNames)",
    "if (names.length > limits.maxNames * 2)",
  ),
  bug(
    "what was accepted before a rejected version is forgotten",
    "snapshot/replica.ts",
    "else if (resource.bytes !== undefined) retired.add(resource);",
    "else resource.bytes = undefined;",
  ),
  bug(
    "SotW: who may have an older version than the rejected one is told that there is none",
    "session/select.ts",
    `return dialect === "sotw" && !state.type.fullState && state.rejected.has(name);`,
    "return false && dialect && state && name;",
  ),
  bug(
    "what was accepted before a rejected version is forgotten when the next one comes on another stream",
    "session/rejection.ts",
    "const accepted = before ?? state.acceptedEarlier.get(name);",
    "const accepted = before;",
  ),
];
