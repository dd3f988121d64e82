import { covers } from "../host-pattern.ts";
import type { Hostname, ServiceId } from "../names.ts";
import type { HostScope } from "../object/gateway.ts";
import { isExportedTo } from "../object/labels.ts";
import type { MeshSnapshot } from "../snapshot/mesh-snapshot.ts";
import type { Service } from "../snapshot/service.ts";
import { compareText } from "../sorted.ts";
import { hostOfId } from "./particular-namespaces.ts";
import { preferService } from "./prefer-service.ts";
import type { VisibleSet } from "./visible-set.ts";

/** What makes a set: the same scope over the same services is the same set. */
export interface VisibleScope {
  readonly key: string;
  /** Undefined: a namespace to which nothing in the mesh is particular. */
  readonly namespace: string | undefined;
  /** Undefined: no restriction. */
  readonly egress: readonly HostScope[] | undefined;
}

type Services = Pick<MeshSnapshot, "services" | "servicesByHost">;

export function compileVisibleSet(snapshot: Services, scope: VisibleScope): VisibleSet {
  const byHost = new Map<Hostname, ServiceId>();
  for (const host of [...snapshot.servicesByHost.keys()].sort(compareText)) {
    const id = visibleAs(snapshot, scope, host);
    if (id !== undefined) byHost.set(host, id);
  }
  return visibleSet(scope.key, byHost);
}

/** The set over newer services; the same object where nothing that is visible differs. */
export function followVisibleSet(set: VisibleSet, before: Services, after: Services, scope: VisibleScope): VisibleSet {
  const edits = new Map<Hostname, ServiceId | undefined>();
  for (const changed of before.services.differences(after.services)) {
    const host = hostOfId(changed);
    const id = visibleAs(after, scope, host);
    if (id !== set.byHost.get(host)) edits.set(host, id);
  }
  if (edits.size === 0) return set;
  const kept = [...set.byHost].filter(([host]) => !edits.has(host));
  const added = [...edits].flatMap(([host, id]) => (id === undefined ? [] : [[host, id] as const]));
  return visibleSet(set.key, new Map(mergeSorted(kept, added.sort(byHostname))));
}

function visibleSet(key: string, byHost: ReadonlyMap<Hostname, ServiceId>): VisibleSet {
  return {
    key,
    services: [...byHost.values()],
    byHost,
    has: (service) => byHost.get(hostOfId(service)) === service,
  };
}

function visibleAs(snapshot: Services, scope: VisibleScope, host: Hostname): ServiceId | undefined {
  const sees = (service: Service) =>
    (scope.namespace === undefined
      ? service.exportTo.all
      : isExportedTo(service.exportTo, service.namespace, scope.namespace)) && isInScope(scope, service);
  return preferService(snapshot, host, scope.namespace, sees)?.id;
}

function isInScope(scope: VisibleScope, service: Service): boolean {
  if (scope.egress === undefined) return true;
  return scope.egress.some(({ namespace, host }) => {
    const wanted = namespace === "." ? scope.namespace : namespace;
    return (wanted === "*" || wanted === service.namespace) && covers(host, service.hostname);
  });
}

function byHostname(a: readonly [Hostname, ServiceId], b: readonly [Hostname, ServiceId]): number {
  return compareText(a[0], b[0]);
}

function mergeSorted<Item extends readonly [Hostname, ServiceId]>(a: readonly Item[], b: readonly Item[]): Item[] {
  const merged: Item[] = [];
  let at = 0;
  for (const item of b) {
    while (at < a.length && byHostname(a[at]!, item) < 0) merged.push(a[at++]!);
    merged.push(item);
  }
  return [...merged, ...a.slice(at)];
}
