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
 * Reverse names come last, since hosts may share them.
 */
export function* changedRecords(
  before: MeshSight | undefined,
  after: MeshSight,
  hosts: Iterable<Hostname>,
  view: AddressView,
): Generator<readonly [string, readonly DnsRecord[]]> {
  const reverse = new Map<string, DnsRecord[]>();
  for (const host of hosts) {
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
    yield* own;
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
 * changed object, since these may share an address and so the name of its PTR.
 */
export function changedHosts(
  before: Pick<MeshSnapshot, "objects">,
  after: Pick<MeshSnapshot, "objects" | "services">,
  change: Pick<MeshChange, "services" | "endpoints" | "objects">,
): ReadonlySet<Hostname> {
  const hosts = new Set<Hostname>();
  for (const id of change.services) hosts.add(hostOf(id));
  for (const id of change.endpoints) if (after.services.get(id)?.headless === true) hosts.add(hostOf(id));
  for (const key of change.objects) for (const snapshot of [before, after]) addEntryHosts(snapshot, key, hosts);
  return hosts;
}

function addEntryHosts(snapshot: Pick<MeshSnapshot, "objects">, key: ObjectKey, hosts: Set<Hostname>): void {
  const object = snapshot.objects.get(key);
  if (object?.kind === "ServiceEntry") for (const host of object.hosts) hosts.add(host);
}

/** Hosts that mean different services in two scopes, or exist in one only. */
export function rescopedHosts(before: Scope, after: Scope): readonly Hostname[] {
  const hosts = new Set([...before.hosts(), ...after.hosts()]);
  return [...hosts].filter((host) => before.serviceOf(host) !== after.serviceOf(host));
}

function hostOf(id: ServiceId): Hostname {
  return id.slice(id.indexOf("/") + 1) as Hostname;
}
