import type { Hostname, MeshSnapshot, ServiceId, VisibleSet } from "@portolan/model";

/** Which service a host name means to whoever asks. */
export interface Scope {
  serviceOf(host: Hostname): ServiceId | undefined;
  hosts(): Iterable<Hostname>;
}

export function visibleScope(visible: VisibleSet): Scope {
  return { serviceOf: (host) => visible.byHost.get(host), hosts: () => visible.byHost.keys() };
}

/**
 * What is exported to all namespaces: for clients that are no proxy of ours, so nothing is known of them. Where several namespaces export
 * one host, a Kubernetes Service goes before an entry, then the smallest namespace: what proxies of other namespaces see.
 */
export function publicScope(snapshot: Pick<MeshSnapshot, "services" | "servicesByHost">): Scope {
  const kindOf = (id: ServiceId) => snapshot.services.get(id)?.kind;
  return {
    serviceOf(host) {
      const exported = snapshot.servicesByHost
        .get(host)
        ?.filter((id) => snapshot.services.get(id)?.exportTo.all === true);
      return exported?.find((id) => kindOf(id) === "service") ?? exported?.[0];
    },
    hosts: () => snapshot.servicesByHost.keys(),
  };
}

/** Ids of all services that everybody sees. */
export function publicServices(snapshot: Pick<MeshSnapshot, "services" | "servicesByHost">): readonly ServiceId[] {
  const scope = publicScope(snapshot);
  return Array.from(scope.hosts()).flatMap((host) => scope.serviceOf(host) ?? []);
}
