import {
  applyBatch,
  type Batch,
  defaultMeshSettings,
  type EndpointsObject,
  type ExportTo,
  emptySnapshot,
  type Hostname,
  type IpAddress,
  keyOf,
  type MeshChange,
  type MeshObject,
  type MeshSnapshot,
  type Namespace,
  type ObjectMeta,
  type PortNumber,
  type Protocol,
  type ServiceEntryObject,
  type ServiceObject,
} from "@portolan/model";
import type { ZoneFeed } from "../server/feed-zones.ts";

const ALL: ExportTo = { all: true, own: false, namespaces: [] };
export const OWN: ExportTo = { all: false, own: true, namespaces: [] };

function meta(namespace: string, name: string): ObjectMeta {
  const none = new Map<string, never>();
  return {
    namespace: namespace as Namespace,
    name,
    labels: none,
    annotations: none,
    origin: { source: "test" },
    positions: none,
  };
}

export interface EntryWords {
  readonly name?: string;
  readonly namespace?: string;
  readonly hosts: readonly string[];
  readonly addresses?: readonly string[];
  /** Name -> number; a name that begins with `udp` is UDP. */
  readonly ports?: Readonly<Record<string, number>>;
  readonly exportTo?: ExportTo;
}

export function entry({
  name = "entry",
  namespace = "shop",
  hosts,
  addresses = [],
  ports = { http: 8000 },
  exportTo = ALL,
}: EntryWords): ServiceEntryObject {
  return {
    kind: "ServiceEntry",
    meta: meta(namespace, name),
    hosts: hosts as Hostname[],
    addresses: addresses as IpAddress[],
    ports: Object.entries(ports).map(([port, number]) => ({
      name: port,
      number: number as PortNumber,
      protocol: protocolOf(port),
      targetPort: undefined,
    })),
    location: "MESH_INTERNAL",
    resolution: "STATIC",
    endpoints: [],
    workloadSelector: undefined,
    exportTo,
    subjectAltNames: [],
  };
}

export function service(
  name: string,
  words: Partial<Pick<ServiceObject, "headless" | "exportTo">> & {
    namespace?: string;
    clusterIps?: string[];
    externalName?: string;
    selector?: Record<string, string>;
  } = {},
): ServiceObject {
  return {
    kind: "Service",
    meta: meta(words.namespace ?? "shop", name),
    clusterIps: (words.clusterIps ?? []) as IpAddress[],
    headless: words.headless ?? false,
    externalName: words.externalName as Hostname | undefined,
    selector: words.selector === undefined ? undefined : new Map(Object.entries(words.selector)),
    ports:
      words.externalName === undefined
        ? [{ name: "http", number: 80 as PortNumber, protocol: "HTTP", targetPort: 8080 as PortNumber }]
        : [],
    externalIps: [],
    exportTo: words.exportTo ?? ALL,
  };
}

/** Addresses that serve a Service, given by hand; one behind a `!` is not ready. */
export function endpoints(serviceName: string, ...addresses: readonly string[]): EndpointsObject {
  const group = {
    addresses: addresses.map((text) => ({
      address: text.replace("!", "") as IpAddress,
      ready: !text.startsWith("!"),
      pod: undefined,
      zone: undefined,
    })),
    ports: [{ name: "http", number: 8080 as PortNumber }],
  };
  return { kind: "Endpoints", meta: meta("shop", serviceName), service: serviceName, groups: [group] };
}

function protocolOf(port: string): Protocol {
  return port.startsWith("udp") ? "UDP" : "HTTP";
}

export interface Edit {
  readonly upserted?: readonly MeshObject[];
  readonly removed?: readonly MeshObject[];
  /** Host -> index; undefined takes it away. */
  readonly vips?: Readonly<Record<string, number | undefined>>;
}

/** A feed whose snapshots a test publishes. */
export interface TestFeed extends ZoneFeed {
  publish(edit: Edit): MeshSnapshot;
}

export function createTestFeed(first?: Edit): TestFeed {
  let snapshot = emptySnapshot(defaultMeshSettings());
  const listeners = new Set<(snapshot: MeshSnapshot, change: MeshChange) => void>();
  const feed: TestFeed = {
    get snapshot() {
      return snapshot;
    },
    onPublish(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    publish({ upserted = [], removed = [], vips = {} }) {
      const batch: Batch = {
        revision: snapshot.revision + 1,
        upserted,
        removed: removed.map(keyOf),
        vips: new Map(Object.entries(vips) as [Hostname, number | undefined][]),
      };
      const next = applyBatch(snapshot, batch);
      snapshot = next.snapshot;
      for (const listener of listeners) listener(snapshot, next.change);
      return snapshot;
    },
  };
  if (first !== undefined) feed.publish(first);
  return feed;
}
