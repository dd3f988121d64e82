import type { Hostname, Namespace, ServiceId } from "../names.ts";
import { createImmutableMap } from "../snapshot/immutable-map.ts";
import type { MeshSnapshot } from "../snapshot/mesh-snapshot.ts";
import type { Service } from "../snapshot/service.ts";

/** Namespaces that see something else than the rest: kept up to date at a cost that follows the change. */
export interface ParticularNamespaces {
  follow(snapshot: Pick<MeshSnapshot, "services" | "servicesByHost">): void;
  has(namespace: string): boolean;
}

export function createParticularNamespaces(): ParticularNamespaces {
  let services: MeshSnapshot["services"] = createImmutableMap();
  const byHost = new Map<Hostname, readonly string[]>();
  const counts = new Map<string, number>();
  const count = (namespaces: readonly string[], by: number) => {
    for (const namespace of namespaces) {
      const sum = (counts.get(namespace) ?? 0) + by;
      if (sum === 0) counts.delete(namespace);
      else counts.set(namespace, sum);
    }
  };
  return {
    follow(snapshot) {
      if (snapshot.services === services) return;
      const hosts = new Set(Array.from(services.differences(snapshot.services), hostOfId));
      services = snapshot.services;
      for (const host of hosts) {
        const definers = (snapshot.servicesByHost.get(host) ?? []).flatMap((id) => services.get(id) ?? []);
        const before = byHost.get(host);
        const [only, second] = definers;
        // Nearly every host is everybody's.
        if (before === undefined && second === undefined && only?.exportTo.all) continue;
        const namespaces = particularTo(definers);
        count(before ?? [], -1);
        count(namespaces, 1);
        if (namespaces.length === 0) byHost.delete(host);
        else byHost.set(host, namespaces);
      }
    },
    has: (namespace) => counts.has(namespace),
  };
}

export function hostOfId(id: ServiceId): Hostname {
  return id.slice(id.indexOf("/") + 1) as Hostname;
}

/** Those to which a host is exported in particular, and those that prefer their own definition to another's. */
function particularTo(definers: readonly Service[]): readonly string[] {
  const namespaces: Namespace[] = definers.flatMap(({ exportTo, namespace }) =>
    exportTo.all ? [] : [...(exportTo.own ? [namespace] : []), ...exportTo.namespaces],
  );
  return definers.length < 2 ? namespaces : [...namespaces, ...definers.map(({ namespace }) => namespace)];
}
