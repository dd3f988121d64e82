import type { DnsServer } from "@portolan/dns";
import type { Registry as MeshRegistry } from "@portolan/registry";
import { collectDefaultMetrics, Registry } from "prom-client";
import type { XdsPart } from "../control-plane/xds-part.ts";
import { addAuthorityMetrics } from "./authority-metrics.ts";
import { addConnectionMetrics } from "./connection-metrics.ts";
import { formatDnsMetrics } from "./dns-metrics.ts";
import { addMeshMetrics } from "./mesh-metrics.ts";
import { addPushTimeMetrics } from "./push-time-metrics.ts";
import { addXdsMetrics } from "./xds-metrics.ts";

/** The numbers of one control plane, under istiod's and CoreDNS's names, so that the dashboards that people have go on working. */
export interface Metrics extends Disposable {
  readonly contentType: string;
  /** The Prometheus exposition. */
  text(): Promise<string>;
  /** Counts what happens there from now on. */
  followXds(xds: Pick<XdsPart, "onReport" | "pushTimes" | "authority" | "connections">): void;
  followDns(server: Pick<DnsServer, "stats">, place: string): void;
}

export function createMetrics(mesh: MeshRegistry): Metrics {
  const registry = new Registry();
  const stops = new DisposableStack();
  const texts: (() => string)[] = [];
  stops.defer(addMeshMetrics(mesh, [registry]));
  const countXds = addXdsMetrics([registry]);
  return {
    contentType: registry.contentType,
    text: async () =>
      [await registry.metrics(), await ofProcess().metrics(), ...texts.map((text) => text())].join("\n"),
    followXds(xds) {
      stops.defer(xds.onReport(countXds));
      stops.defer(addPushTimeMetrics(xds.pushTimes, [registry]));
      addAuthorityMetrics(xds.authority, [registry]);
      addConnectionMetrics(xds, [registry]);
    },
    followDns(server, place) {
      texts.push(() => formatDnsMetrics(server.stats(), place));
    },
    [Symbol.dispose]: () => stops.dispose(),
  };
}

let processRegistry: Registry | undefined;

/** Memory, processor time, garbage collection: one set for all control planes of the process, since its observers cannot be taken away. */
function ofProcess(): Registry {
  if (processRegistry === undefined) {
    processRegistry = new Registry();
    collectDefaultMetrics({ register: processRegistry });
  }
  return processRegistry;
}
