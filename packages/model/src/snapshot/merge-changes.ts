import type { MeshChange } from "./mesh-snapshot.ts";

/** What differs after both: for whoever was busy while the first was published. */
export function mergeChanges(first: MeshChange, second: MeshChange): MeshChange {
  return {
    from: first.from,
    to: second.to,
    objects: union(first.objects, second.objects),
    services: union(first.services, second.services),
    endpoints: union(first.endpoints, second.endpoints),
    workloads: union(first.workloads, second.workloads),
    inbound: union(first.inbound, second.inbound),
    gateways: union(first.gateways, second.gateways),
    sidecars: union(first.sidecars, second.sidecars),
    destinationRules: union(first.destinationRules, second.destinationRules),
    settings: first.settings || second.settings,
    networks: first.networks || second.networks,
    problems: union(first.problems, second.problems),
  };
}

function union<Item>(first: ReadonlySet<Item>, second: ReadonlySet<Item>): ReadonlySet<Item> {
  return new Set([...first, ...second]);
}
