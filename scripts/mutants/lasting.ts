import type { Mutant } from "./mutant.ts";

function bug(name: string, test: string, file: string, find: string, replace: string): Mutant {
  return { name, edits: [{ file, find, replace }], tests: [test] };
}

const HEARTBEATS = "session/heartbeat.test.ts";
const STORE = "snapshot/snapshot-store.test.ts";

/** Times to live, errors of resources, what only one resource may have, and functions that fail. */
export const lastingMutants: readonly Mutant[] = [
  bug(
    "a TTL is never renewed",
    HEARTBEATS,
    "session/heartbeat.ts",
    "heartbeats.nextMs > nowMs",
    "heartbeats.nextMs >= 0",
  ),
  bug(
    "a TTL is told to clients that do not know of any",
    "server/ttl.test.ts",
    "server/client-features.ts",
    'if (wanted === "announced") return "none";',
    'if (wanted === "announced") return "all";',
  ),
  bug(
    "a heartbeat of one cluster deletes the others",
    HEARTBEATS,
    "session/sotw.ts",
    "if (version !== undefined && !state.type.fullState)",
    "if (version !== undefined)",
  ),
  bug(
    "a TTL that a client has from an earlier stream runs out",
    HEARTBEATS,
    "session/heartbeat.ts",
    "if (ttlMs !== undefined) schedule(heartbeats, name, 0);",
    "if (ttlMs !== undefined) schedule(heartbeats, name, Number.MAX_VALUE);",
  ),
  bug(
    "a heartbeat goes out while an answer is awaited",
    HEARTBEATS,
    "session/session.ts",
    "if (!state.opened || state.inFlight !== undefined) continue;",
    "if (!state.opened) continue;",
  ),
  bug(
    "a TTL is not taken away",
    HEARTBEATS,
    "session/heartbeat.ts",
    "return sent?.ttlMs !== undefined && sent.ttlMs !== target?.ttlMs;",
    "return false;",
  ),
  bug(
    "a heartbeat holds the resource",
    "server/assembly.test.ts",
    "server/resource-envelope.ts",
    'if (ttl !== "heartbeat") end = writeBody(target, end, resource);',
    "end = writeBody(target, end, resource);",
  ),
  bug(
    "who understands errors waits for what is not there",
    "session/resource-errors.test.ts",
    "session/sotw.ts",
    "if (!state.tellsMissing) return [];",
    "return [];",
  ),
  bug(
    "two listeners of a view bind one address",
    STORE,
    "snapshot/transaction.ts",
    "const { other, loser } = rivalOf(resource) ?? {};",
    "const { other, loser } = {} as { other?: StoredResource; loser?: StoredResource };",
  ),
  bug(
    "a listener that is renewed loses its address to one that waits for it",
    STORE,
    "snapshot/transaction.ts",
    "return before?.claims.includes(claim) ? 1 : 0;",
    "return 0;",
  ),
  bug(
    "a new view of layers that are there is not checked",
    STORE,
    "snapshot/view-check.ts",
    'else if (isServed(resource, layers)) broken.push({ kind: "missing", resource, missing });',
    "",
  ),
  bug(
    "what a listener rejects with is nobody's",
    "server/attempt.test.ts",
    "server/attempt.ts",
    "if (result instanceof Promise) result.catch(failed);",
    "",
  ),
  bug(
    "an assignment that never ends keeps its place",
    "server/xds-server.test.ts",
    "server/stream-home.ts",
    "return decided instanceof Promise ? inTime(decided) : checked(decided);",
    "return decided instanceof Promise ? decided : checked(decided);",
  ),
  bug(
    "who asks for very many names holds up everybody",
    "session/session.test.ts",
    "session/select.ts",
    "if (!whole && taken.size === MAX_TAKEN) break;",
    "",
  ),
];
