import { encodeDeterministic } from "@portolan/envoy";
import type { ObjectKey } from "@portolan/model";
import {
  type EncodedResource,
  encodeResource,
  encodeResourceBody,
  encodeResourceBytes,
  type Hash,
  type ResourceMessage,
} from "../resource/encoded-resource.ts";
import { messageReader } from "../resource/resource-messages.ts";
import { SharedResource } from "../snapshot/shared-resource.ts";
import type { EncodedMessage } from "./encoded-message.ts";
import { refusalOf } from "./refusable.ts";
import { createShapedEncoder, type ShapedMessage } from "./shaped-message.ts";

/** What is counted apart. */
export type TranslationKind = "cluster" | "endpoints" | "listener" | "route" | "inbound" | "gateway";

export interface TranslationCounts {
  /** Calls of translators, by kind. */
  readonly translated: Readonly<Record<TranslationKind, number>>;
  /** Resources encoded, by kind. */
  readonly encoded: Readonly<Record<TranslationKind, number>>;
}

/** An encoded resource that layers share. */
export interface MemoEntry {
  readonly key: string;
  readonly inputs: readonly unknown[];
  readonly resource: SharedResource;
  users: number;
}

export interface TranslationFailure {
  /** It could not be made; or it was, and Envoy would refuse it. */
  readonly code: "PTL1509" | "PTL1601";
  readonly origins: readonly ObjectKey[];
  readonly reason: string;
}

/**
 * Every resource is translated and encoded once for its declared inputs, however many layers hold it. The key names it
 * together with all that may differ between layers; inputs are compared by reference.
 */
export interface Memo {
  /** Undefined where it cannot be made and never could; else, on failure, what was made last. */
  get(request: MemoRequest): MemoEntry | undefined;
  retain(entry: MemoEntry): void;
  release(entry: MemoEntry): void;
  counts(): TranslationCounts;
  /** What could not be translated, by key. */
  failures(): ReadonlyMap<string, TranslationFailure>;
}

export interface MemoRequest {
  readonly kind: TranslationKind;
  readonly key: string;
  readonly inputs: readonly unknown[];
  /** The objects that it is made from. */
  readonly origins: readonly ObjectKey[];
  translate(): ResourceMessage | EncodedMessage | ShapedMessage;
}

export function createMemo(hash: Hash): Memo {
  const entries = new Map<string, MemoEntry>();
  const failures = new Map<string, TranslationFailure>();
  const encodeShaped = createShapedEncoder();
  const translated = zeroCounts();
  const encoded = zeroCounts();
  return {
    get({ kind, key, inputs, origins, translate }) {
      const last = entries.get(key);
      if (last !== undefined && sameInputs(last.inputs, inputs)) return last;
      try {
        translated[kind]++;
        const made = translate();
        const message = "kind" in made && made.kind === "shaped" ? encodeShaped(made) : made;
        const reason = "kind" in message ? undefined : refusalOf(message);
        if (reason !== undefined) {
          failures.set(key, { code: "PTL1601", origins, reason });
          return last;
        }
        encoded[kind]++;
        const resource = new SharedResource(encode(message, hash, origins));
        const entry = { key, inputs, resource, users: 0 };
        entries.set(key, entry);
        failures.delete(key);
        return entry;
      } catch (error) {
        // One bad object must not hold back the rest.
        failures.set(key, { code: "PTL1509", origins, reason: error instanceof Error ? error.message : String(error) });
        return last;
      }
    },
    retain(entry) {
      entry.users++;
    },
    release(entry) {
      entry.users--;
      if (entry.users > 0) return;
      if (entries.get(entry.key) === entry) entries.delete(entry.key);
      failures.delete(entry.key);
    },
    counts: () => ({ translated: { ...translated }, encoded: { ...encoded } }),
    failures: () => failures,
  };
}

function zeroCounts(): Record<TranslationKind, number> {
  return { cluster: 0, endpoints: 0, listener: 0, route: 0, inbound: 0, gateway: 0 };
}

/** What translators pack into `Any` is deterministic already, so it is not decoded again as `encodeResource` does. */
function encode(message: ResourceMessage | EncodedMessage, hash: Hash, origins: readonly ObjectKey[]): EncodedResource {
  if ("kind" in message) return encodeResourceBody(message.name, message.body, hash, { ...message, origins });
  const reader = messageReader(message.$typeName);
  if (reader === undefined) return encodeResource(message, hash, { origins });
  const { typeUrl, schema, nameOf, referencesOf, claimsOf } = reader;
  const name = { typeUrl, name: nameOf(message) };
  return encodeResourceBytes(name, encodeDeterministic(schema, message), hash, {
    origins,
    references: referencesOf(message),
    claims: claimsOf(message),
  });
}

/** By reference. */
export function sameInputs(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a.length === b.length && a.every((input, index) => Object.is(input, b[index]));
}

/** The array itself where nothing is missing: a filtered one keeps room for sixteen more. */
export function present(entries: readonly (MemoEntry | undefined)[]): readonly MemoEntry[] {
  const isWhole = (list: readonly (MemoEntry | undefined)[]): list is readonly MemoEntry[] => !list.includes(undefined);
  return isWhole(entries) ? entries : entries.filter((entry) => entry !== undefined);
}
