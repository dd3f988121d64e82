import {
  formatOrigin,
  type ImmutableMap,
  keyOf,
  type MeshObject,
  type ObjectKey,
  type Origin,
  type Problem,
} from "@portolan/model";
import type { Manifest, Settle } from "../source.ts";

/** One source's version of an object. */
export interface Claim {
  readonly source: string;
  readonly object: MeshObject;
  /** Where it stands now: lines above it may have come or gone since it was decoded. */
  readonly origin: Origin;
  readonly manifest: Manifest;
}

/** Claims by object; the first owns it, the others wait in the order in which they came. */
export type Claims = ImmutableMap<ObjectKey, readonly Claim[]>;

/** A settle of one source. */
export interface SourceSettle {
  readonly source: string;
  readonly settle: Settle;
  /** A write: refused as a whole where another source owns one of its objects, instead of waiting behind it. */
  readonly exclusive: boolean;
}

/** What a batch of settles comes to. Nothing is changed in place: the caller keeps it or drops it. */
export interface Merged {
  /** New claims of the objects whose claims changed; an empty list: nobody says it any more. */
  readonly claims: ReadonlyMap<ObjectKey, readonly Claim[]>;
  /** Objects that have a new version or a new owner. */
  readonly upserted: readonly MeshObject[];
  readonly removed: readonly ObjectKey[];
  /** What is wrong, by place, where that changed. */
  readonly failures: readonly Failure[];
  /** By position in the batch: settles that were refused, and why. */
  readonly refused: ReadonlyMap<number, readonly Problem[]>;
}

export interface Failure {
  readonly source: string;
  readonly place: string;
  readonly problems: readonly Problem[];
}

/** `objections` are what a write is refused for besides ownership, one object at a time. */
export function mergeSettles(
  before: Claims,
  batch: readonly SourceSettle[],
  objections: (object: MeshObject) => readonly Problem[] = () => [],
): Merged {
  const claims = new Map<ObjectKey, readonly Claim[]>();
  const failures: Failure[] = [];
  const refused = new Map<number, readonly Problem[]>();
  const claimsOf = (key: ObjectKey) => claims.get(key) ?? before.get(key) ?? [];
  for (const [index, { source, settle, exclusive }] of batch.entries()) {
    const conflicts = exclusive ? conflictsOf(source, settle, claimsOf, objections) : [];
    if (conflicts.length > 0) {
      refused.set(index, conflicts);
      continue;
    }
    for (const event of settle) {
      if (event.kind === "failed") failures.push({ source, place: event.place, problems: event.problems });
      if (event.kind === "upserted") {
        const { object, manifest } = event;
        const key = keyOf(object);
        claims.set(key, replaced(claimsOf(key), { source, object, origin: object.meta.origin, manifest }));
      }
      if (event.kind === "removed")
        claims.set(
          event.key,
          claimsOf(event.key).filter((claim) => claim.source !== source),
        );
      if (event.kind === "moved") {
        const { key, origin } = event;
        claims.set(
          key,
          claimsOf(key).map((claim) => (claim.source === source ? { ...claim, origin } : claim)),
        );
      }
    }
  }
  const { upserted, removed } = differences(before, claims);
  return { claims, upserted, removed, failures, refused };
}

function replaced(claims: readonly Claim[], claim: Claim): readonly Claim[] {
  if (!claims.some(({ source }) => source === claim.source)) return [...claims, claim];
  return claims.map((other) => (other.source === claim.source ? claim : other));
}

function conflictsOf(
  source: string,
  settle: Settle,
  claimsOf: (key: ObjectKey) => readonly Claim[],
  objections: (object: MeshObject) => readonly Problem[],
): Problem[] {
  const conflicts: Problem[] = [];
  for (const event of settle) {
    if (event.kind !== "upserted" && event.kind !== "removed") continue;
    const key = event.kind === "upserted" ? keyOf(event.object) : event.key;
    const owner = claimsOf(key)[0];
    if (owner !== undefined && owner.source !== source) conflicts.push(ownedElsewhere(key, owner, { source }));
    else if (event.kind === "upserted") conflicts.push(...objections(event.object));
    else if (owner === undefined) conflicts.push(unknownObject(key, { source }));
  }
  return conflicts;
}

function differences(before: Claims, after: Merged["claims"]): { upserted: MeshObject[]; removed: ObjectKey[] } {
  const upserted: MeshObject[] = [];
  const removed: ObjectKey[] = [];
  for (const [key, claims] of after) {
    const was = before.get(key)?.[0]?.object;
    const is = claims[0]?.object;
    if (is === undefined) {
      if (was !== undefined) removed.push(key);
    } else if (is !== was) upserted.push(is);
  }
  return { upserted, removed };
}

/** PTL1401: the object belongs to another source. */
export function ownedElsewhere(key: ObjectKey, owner: Claim, origin: Origin): Problem {
  const message = `${key} belongs to the source "${owner.source}" (${formatOrigin(owner.origin)}); change it there, or remove it there first`;
  return { code: "PTL1401", severity: "error", origin, object: key, message };
}

/** PTL1403: there is no such object to remove. */
export function unknownObject(key: ObjectKey, origin: Origin): Problem {
  const message = `${key} does not exist`;
  return { code: "PTL1403", severity: "error", origin, object: key, message };
}

/** What those who wait for an object are told. */
export function ownershipProblems(key: ObjectKey, claims: readonly Claim[]): readonly Problem[] {
  const [owner, ...waiting] = claims;
  if (owner === undefined) return [];
  return waiting.map((claim) => ownedElsewhere(key, owner, claim.origin));
}
