/**
 * `zone.ts NAMES`: how much of a processor's time a zone takes to compile, at once from records and in slices behind a feed, how long
 * the process pauses meanwhile, and what a name costs in memory. Prints JSON.
 */
import { createDnsServer, type DnsRecord, type ZoneFeed } from "@portolan/dns";
import {
  applyBatch,
  type Batch,
  defaultMeshSettings,
  emptySnapshot,
  type IpAddress,
  type MeshChange,
  type MeshSnapshot,
  type Namespace,
  type ServiceObject,
} from "@portolan/model";

export interface ZoneFigures {
  readonly names: number;
  readonly compileMs: number;
  readonly bytesPerName: number;
  /** From the publication of as many Services until all of them are answered. */
  readonly swapMs: number;
  readonly longestPauseMs: number;
}

/** CPU time of this thread: what a pause is where nothing else runs. */
const cpuMs = () => {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
};

const names = Number(process.argv[2]);
const address = (i: number) => `10.${(i >> 16) & 255}.${(i >> 8) & 255}.${i & 255}` as IpAddress;
const records = Array.from(
  { length: names },
  (_, i): DnsRecord => ({ name: `h${i}.shop.global`, type: "A", address: address(i + 1) }),
);
for (let warm = 0; warm < 3; warm++) createDnsServer({ records: records.slice(0, 5_000) });
globalThis.gc?.();
const before = process.memoryUsage();
const startMs = cpuMs();
const server = createDnsServer({ records });
const compileMs = cpuMs() - startMs;
globalThis.gc?.();
const after = process.memoryUsage();
const bytes = after.heapUsed + after.arrayBuffers - before.heapUsed - before.arrayBuffers;
const bytesPerName = bytes / server.stats().zone.names;
await server.stop();

const none = new Map<string, never>();
const services = Array.from(
  { length: names },
  (_, i): ServiceObject => ({
    kind: "Service",
    meta: {
      namespace: "shop" as Namespace,
      name: `h${i}`,
      labels: none,
      annotations: none,
      origin: { source: "bench" },
      positions: none,
    },
    clusterIps: [address(i + 1)],
    headless: false,
    externalName: undefined,
    selector: undefined,
    ports: [],
    externalIps: [],
    exportTo: { all: true, own: false, namespaces: [] },
  }),
);
const batch = (revision: number, upserted: readonly ServiceObject[]): Batch => ({
  revision,
  upserted,
  removed: [],
  vips: new Map(),
});
const first = applyBatch(emptySnapshot(defaultMeshSettings()), batch(1, [])).snapshot;
const next = applyBatch(first, batch(2, services));
let publish: (snapshot: MeshSnapshot, change: MeshChange) => void = () => {};
let snapshot = first;
const feed: ZoneFeed = {
  get snapshot() {
    return snapshot;
  },
  onPublish(listener) {
    publish = listener;
    return () => {};
  },
};
const following = createDnsServer({ feed, listen: { port: 0 } });
await following.start();
let longestPauseMs = 0;
// What making the mesh left to collect is not the zone's pause.
globalThis.gc?.();
const beginMs = cpuMs();
snapshot = next.snapshot;
publish(next.snapshot, next.change);
let lastMs = beginMs;
do {
  const nowMs = cpuMs();
  longestPauseMs = Math.max(longestPauseMs, nowMs - lastMs);
  lastMs = nowMs;
  await new Promise(setImmediate);
} while (following.stats().zone.serial !== 2);
const swapMs = cpuMs() - beginMs;
longestPauseMs = Math.max(longestPauseMs, cpuMs() - lastMs);
await following.stop();
const figures: ZoneFigures = { names, compileMs, bytesPerName, swapMs, longestPauseMs };
console.log(JSON.stringify(figures));
