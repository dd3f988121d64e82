import fc from "fast-check";
import type { Hostname } from "../names.ts";
import { type ObjectKey, objectKey } from "../object/key.ts";
import { keyOf, type MeshObject } from "../object/object.ts";
import {
  destinationRule,
  endpoints,
  gateway,
  host,
  meshConfig,
  meshNetworks,
  namespace,
  pod,
  service,
  serviceEntry,
  sidecar,
  workloadEntry,
} from "./build.ts";

/** A small world, so that what is drawn meets: two namespaces, few names, labels and addresses. */
const namespaces = fc.constantFrom("shop", "bank");
const names = fc.constantFrom("a", "b", "c");
const labelSets = fc.record({ app: fc.constantFrom("a", "b"), version: fc.constantFrom("v1", "v2") });
const selectors = fc.oneof(
  fc.record({ app: fc.constantFrom("a", "b") }),
  labelSets,
  fc.constant<Record<string, string>>({}),
);
const addresses = fc.constantFrom("10.0.0.1", "10.0.0.2", "10.0.0.3", "10.9.0.1");
const given = fc.array(fc.constantFrom("127.255.0.3", "127.255.0.4", "10.1.0.1", "127.0.0.1"), { maxLength: 2 });
const ports = fc.constantFrom(["http:80"], ["http:80:8080"], ["tcp:90", "http:80:web"], ["http:15443"]);
const hosts = fc.constantFrom(
  "a.shop.global",
  "b.bank.global",
  "wrong.global",
  "a.shop.svc.cluster.local",
  "db.example",
  "*.example",
);
const exportTos = fc.constantFrom(["*"], ["."], ["bank"], ["~"]);
const networkLabels = fc.constantFrom<Record<string, string>>({}, { "topology.istio.io/network": "n1" });

const specs = fc.record(
  {
    address: fc.oneof(addresses, fc.constantFrom("10.9.0.1", "gw.example")),
    ports: fc.constantFrom<Record<string, number>>({}, { http: 15443 }, { http: 15443, tcp: 15443 }, { http: 1 }),
    labels: fc.oneof(labelSets, fc.constant({ "security.istio.io/tlsMode": "disabled" })),
    network: fc.constantFrom("n1", "n2"),
    serviceAccount: fc.constantFrom("x", "y"),
    weight: fc.constantFrom(1, 3),
  },
  { requiredKeys: ["address", "labels"] },
);

const where = { name: names, namespace: namespaces, line: fc.constantFrom(1, 2) };

const objects: fc.Arbitrary<MeshObject> = fc.oneof(
  fc
    .record(
      {
        ...where,
        ports,
        selector: selectors,
        clusterIps: given,
        labels: networkLabels,
        externalIps: fc.constantFrom([], ["10.9.0.1"]),
        exportTo: exportTos,
        externalName: fc.constant("db.example"),
      },
      { requiredKeys: ["name", "namespace"] },
    )
    .map(service),
  fc
    .record(
      {
        ...where,
        hosts: fc.uniqueArray(hosts, { minLength: 1, maxLength: 2 }),
        addresses: given,
        ports,
        location: fc.constantFrom("MESH_INTERNAL" as const, "MESH_EXTERNAL" as const),
        resolution: fc.constantFrom("STATIC" as const, "DNS" as const, "NONE" as const),
        endpoints: fc.array(specs, { maxLength: 2 }),
        selector: selectors,
        exportTo: exportTos,
      },
      { requiredKeys: ["name", "namespace"] },
    )
    .map(serviceEntry),
  fc
    .record(
      {
        ...where,
        labels: labelSets,
        annotations: fc.constantFrom<Record<string, string>>({}, { "sidecar.istio.io/inject": "true" }),
        address: addresses,
        ports: fc.constant({ web: 8081 }),
        ready: fc.boolean(),
        serviceAccount: fc.constantFrom("x", "y"),
      },
      { requiredKeys: ["name", "namespace", "labels"] },
    )
    .map(pod),
  fc.tuple(names, namespaces, specs).map(([name, at, spec]) => workloadEntry({ name, namespace: at, ...spec })),
  fc
    .tuple(namespaces, networkLabels, fc.constantFrom<Record<string, string>>({}, { "istio-injection": "enabled" }))
    .map(([name, one, two]) => namespace(name, { ...one, ...two })),
  fc
    .record({
      ...where,
      kind: fc.constantFrom("Endpoints" as const, "EndpointSlice" as const),
      service: names,
      ports: fc.constantFrom({ http: 8080 }, { http: 8080, tcp: 9090 }),
      addresses: fc.array(
        fc.record({ address: addresses, pod: names, ready: fc.boolean() }, { requiredKeys: ["address"] }),
        { maxLength: 2 },
      ),
    })
    .map(endpoints),
  fc
    .tuple(names, fc.constantFrom(["*"], ["*.global"], ["shop/*.svc.cluster.local"]))
    .map(([name, served]) => gateway({ name, hosts: served })),
  fc.tuple(names, namespaces).map(([name, at]) => sidecar({ name, namespace: at, hosts: ["./*"] })),
  fc.tuple(names, namespaces, hosts).map(([name, at, to]) => destinationRule({ name, namespace: at, host: to })),
  fc
    .record({ name: fc.constantFrom("a", "b"), trustDomain: fc.constantFrom("td1", "td2") })
    .map((words) => meshConfig({ ...words, ownedSuffixes: words.name === "a" ? ["global", "mesh"] : ["example"] })),
  fc
    .tuple(fc.constantFrom("a", "b"), fc.constantFrom(["10.9.0.1"], ["10.9.0.2", "gw.example"]), fc.boolean())
    .map(([name, gateways, registry]) =>
      meshNetworks(
        { n1: { gateways, cidrs: ["10.0.0.2/32"] }, n2: { registries: registry ? ["Kubernetes"] : [] } },
        { name },
      ),
    ),
);

const vips = fc
  .array(fc.tuple(hosts.map(host), fc.constantFrom(3, 4, 5, undefined)), { maxLength: 2 })
  .map((pairs): ReadonlyMap<Hostname, number | undefined> => new Map(pairs));

const removals = fc.oneof(
  fc.tuple(fc.constantFrom("Service", "ServiceEntry", "Pod", "WorkloadEntry", "EndpointSlice"), namespaces, names),
  fc.tuple(fc.constantFrom("MeshNetworks", "MeshConfig", "Gateway"), fc.constant("istio-system"), names),
);

export interface MeshStep {
  readonly upserted: readonly MeshObject[];
  readonly removed: readonly ObjectKey[];
  readonly vips: ReadonlyMap<Hostname, number | undefined>;
}

/** Batches over the small world. No batch upserts one object twice, or what it removes. */
export const meshHistories: fc.Arbitrary<readonly MeshStep[]> = fc.array(
  fc.record({
    upserted: fc.uniqueArray(objects, { selector: keyOf, maxLength: 8 }),
    removed: fc.array(
      removals.map(([kind, at, name]) => objectKey(kind, at, name)),
      { maxLength: 3 },
    ),
    vips,
  }),
  { maxLength: 6 },
);
