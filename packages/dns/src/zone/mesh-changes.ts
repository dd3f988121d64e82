import type { Hostname, MeshChange, MeshSnapshot, ObjectKey, ServiceId } from "@portolan/model";
import { type AddressView, type NamedMesh, recordsOf } from "./mesh-records.ts";
import type { DnsRecord } from "./record.ts";
import type { Scope } from "./scope.ts";

/** A mesh as one view sees it. */
export interface MeshSight {
  readonly mesh: NamedMesh;
  readonly scope: Scope;
}

/**
 * The names of every host that may answer otherwise after a change, with the records that they have now, one host after the other.
 * Reverse names come last, since hosts may share them. Undefined stands for a host without names: for a driver that counts its work.
 */
export function* changedRecords(
  before: MeshSight | undefined,
  after: MeshSight,
  hosts: Iterable<Hostname | undefined>,
  view: AddressView,
): Generator<readonly [string, readonly DnsRecord[]] | undefined> {
  const reverse = new Map<string, DnsRecord[]>();
  const seen = new Set<Hostname>();
  for (const host of hosts) {
    if (host === undefined || seen.has(host)) {
      yield undefined;
      continue;
    }
    seen.add(host);
    const own = new Map<string, DnsRecord[]>();
    for (const { name, type } of before === undefined ? [] : hostRecords(before, host, view)) {
      (type === "PTR" ? reverse : own).set(name, (type === "PTR" ? reverse.get(name) : undefined) ?? []);
    }
    for (const record of hostRecords(after, host, view)) {
      const names = record.type === "PTR" ? reverse : own;
      const records = names.get(record.name);
      if (records === undefined) names.set(record.name, [record]);
      else records.push(record);
    }
    if (own.size === 0) yield undefined;
    else yield* own;
  }
  yield* reverse;
}

function hostRecords({ mesh, scope }: MeshSight, host: Hostname, view: AddressView): readonly DnsRecord[] {
  const id = scope.serviceOf(host);
  const service = id === undefined ? undefined : mesh.services.get(id);
  return service === undefined ? [] : recordsOf(mesh, service, view);
}

/**
 * Hosts whose records a change may have touched: of changed services, of headless ones with other endpoints, and all hosts of a
 * changed object, since these may share an address and so the name of its PTR. Some more than once; they are found while they are
 * read, since a change may be as large as the mesh; undefined stands for work that found none.
 */
export function changedHosts(
  before: Pick<MeshSnapshot, "objects">,
  after: Pick<MeshSnapshot, "objects" | "services">,
  change: Pick<MeshChange, "services" | "endpoints" | "objects">,
): Iterable<Hostname | undefined> {
  return {
    *[Symbol.iterator]() {
      for (const id of change.services) yield hostOf(id);
      for (const id of change.endpoints) yield after.services.get(id)?.headless === true ? hostOf(id) : undefined;
      for (const key of change.objects) {
        for (const snapshot of [before, after]) yield* entryHosts(snapshot, key);
        yield undefined;
      }
    },
  };
}

function entryHosts(snapshot: Pick<MeshSnapshot, "objects">, key: ObjectKey): readonly Hostname[] {
  const object = snapshot.objects.get(key);
  return object?.kind === "ServiceEntry" ? object.hosts : [];
}

/** Hosts that mean different services in two scopes, or exist in one only. */
export function rescopedHosts(before: Scope, after: Scope): readonly Hostname[] {
  const hosts = new Set([...before.hosts(), ...after.hosts()]);
  return [...hosts].filter((host) => before.serviceOf(host) !== after.serviceOf(host));
}

function hostOf(id: ServiceId): Hostname {
  return id.slice(id.indexOf("/") + 1) as Hostname;
}
