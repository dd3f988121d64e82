import type { Mutant } from "./mutant.ts";

function bug(name: string, tests: readonly string[], file: string, find: string, replace: string): Mutant {
  return { name, edits: [{ file, find, replace }], tests };
}

/** Around the protocol: the store, the thread boundary, secrets, and what streams leave behind. */
export const servingMutants: readonly Mutant[] = [
  bug(
    "a secret is served in plaintext",
    ["server/mutual-tls.test.ts"],
    "server/stream.ts",
    'if (around.secrets === undefined || identity === undefined || peer.transport !== "mtls") return undefined;\n    if (spiffeId(identity) !== peer.spiffe) return undefined;',
    "if (around.secrets === undefined || identity === undefined) return undefined;",
  ),
  bug(
    "a secret is served to an identity that the channel does not prove",
    ["server/mutual-tls.test.ts"],
    "server/stream.ts",
    "if (spiffeId(identity) !== peer.spiffe) return undefined;",
    "",
  ),
  bug(
    "a view's secret is served where nothing is proved",
    ["server/mutual-tls.test.ts"],
    "server/stream.ts",
    'peer.transport === "plaintext" ? "none" : ',
    "",
  ),
  bug(
    "a secret lies in shared memory",
    ["snapshot"],
    "snapshot/create-snapshot-store.ts",
    "if (after === undefined || after.body === undefined || after.typeUrl === SECRET) continue;",
    "if (after === undefined || after.body === undefined) continue;",
  ),
  bug(
    "a response with a secret is kept for other streams",
    ["server/assembly.test.ts"],
    "server/assembly.ts",
    "if (response.typeUrl !== SECRET) keep(entry);",
    "keep(entry);",
  ),
  bug(
    "a nonce comes twice on a stream",
    ["server/assembly.test.ts"],
    "server/assembly.ts",
    "known.nonce > after && ",
    "",
  ),
  bug(
    "a certificate of an authority is an identity",
    ["server/mutual-tls.test.ts"],
    "server/peer.ts",
    "if (certificate.ca) return",
    "if (certificate.ca && der.length === 0) return",
  ),
  bug(
    "a certificate for servers is an identity",
    ["server/mutual-tls.test.ts"],
    "server/peer.ts",
    "if (usages !== undefined && !usages.includes(CLIENT_AUTH)) {",
    "if (usages !== undefined && usages.length === 0) {",
  ),
  bug(
    "the first of several identities counts",
    ["server/mutual-tls.test.ts"],
    "server/peer.ts",
    "if (more.length > 0) return",
    "if (more.length > 9) return",
  ),
  bug(
    "plaintext is served on any address",
    ["server/xds-server.test.ts"],
    "server/create-xds-server.ts",
    'if (insecure !== true && address !== "localhost"',
    'if (insecure === false && address !== "localhost"',
  ),
  bug(
    "a stream that ended is still counted",
    ["server/xds-server.test.ts"],
    "server/stream.ts",
    "around.follow(stream, undefined);",
    "",
  ),
  bug(
    "what an assignment holds is not released",
    ["server/xds-server.test.ts"],
    "server/stream.ts",
    "opened.release?.();",
    "",
  ),
  bug(
    "a snapshot that is not consistent is served",
    ["snapshot"],
    "snapshot/create-snapshot-store.ts",
    "if (broken !== undefined) {",
    "if (broken !== undefined && resources.length === 0) {",
  ),
  bug(
    "a resource that refers to what is not there is served",
    ["snapshot"],
    "snapshot/transaction.ts",
    "if (!layersOfView(view).some((layer) => places.has(layer))) return key;",
    "if (layersOfView(view).length === 0) return key;",
  ),
  bug(
    "what was held back does not come when its reference does",
    ["snapshot"],
    "snapshot/create-snapshot-store.ts",
    "held.retry(transaction, arrived);",
    "held.retry(transaction, []);",
  ),
  bug(
    "an update that changes nothing is told",
    ["snapshot"],
    "snapshot/create-snapshot-store.ts",
    "if (before?.version === stored.version) {",
    "if (before?.version === stored.version && stored.version === '') {",
  ),
  bug(
    "memory of resources that went is never given back",
    ["snapshot"],
    "snapshot/create-snapshot-store.ts",
    "if (before !== undefined) arena.release(before);",
    "",
  ),
  bug(
    "a rejection is not tied to the object that caused it",
    ["server/xds-server.test.ts"],
    "server/stream.ts",
    "origins: around.originsOf(session.view, typeUrl, name),",
    "origins: [],",
  ),
];
