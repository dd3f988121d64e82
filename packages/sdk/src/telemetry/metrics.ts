import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type { Registry as MeshRegistry } from "@portolan/registry";
import { resourceType, type XdsReport } from "@portolan/xds";
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";

export interface Metrics extends Disposable {
  readonly contentType: string;
  /** The Prometheus exposition. */
  text(): Promise<string>;
}

const convergenceBuckets = [0.1, 0.5, 1, 3, 5, 10, 20, 30];

/** istiod's metric names and buckets, so that the dashboards that people have go on working. */
export function createMetrics(mesh: MeshRegistry): Metrics {
  const registers = [new Registry()];
  const [registry] = registers as [Registry];
  collectDefaultMetrics({ register: registry });
  new Gauge({
    name: "pilot_services",
    help: "Services of the mesh.",
    registers,
    collect() {
      this.set(mesh.snapshot.services.size);
    },
  });
  new Gauge({
    name: "portolan_revision",
    help: "The newest revision.",
    registers,
    collect() {
      this.set(mesh.snapshot.revision);
    },
  });
  new Gauge({
    name: "portolan_problems",
    help: "What is wrong with objects now, by severity.",
    labelNames: ["severity"],
    registers,
    collect() {
      const counts = { error: 0, warning: 0, info: 0 };
      for (const { severity } of mesh.problems()) counts[severity]++;
      for (const [severity, count] of Object.entries(counts)) this.set({ severity }, count);
    },
  });
  const connected = new Gauge({ name: "pilot_xds", help: "Streams that are open.", registers });
  const pushes = new Counter({
    name: "pilot_xds_pushes",
    help: "Responses sent, by type.",
    labelNames: ["type"],
    registers,
  });
  const resources = new Counter({
    name: "portolan_xds_resources_sent",
    help: "Resources in responses, by type.",
    labelNames: ["type"],
    registers,
  });
  const rejects = new Counter({
    name: "pilot_total_xds_rejects",
    help: "Responses rejected by proxies, by type.",
    labelNames: ["type"],
    registers,
  });
  const convergence = new Histogram({
    name: "pilot_proxy_convergence_time",
    help: "Seconds from a response to its acknowledgement.",
    buckets: convergenceBuckets,
    registers,
  });

  const listeners: readonly (readonly [string, (message: unknown) => void])[] = [
    ["portolan:xds:stream-opened", () => connected.inc()],
    ["portolan:xds:stream-closed", () => connected.dec()],
    ["portolan:xds:push", (message) => countPush(message as Extract<XdsReport, { kind: "push" }>)],
    [
      "portolan:xds:nack",
      (message) => rejects.inc({ type: shortName(message as Extract<XdsReport, { kind: "nack" }>) }),
    ],
    [
      "portolan:xds:ack",
      (message) => convergence.observe((message as Extract<XdsReport, { kind: "ack" }>).waitedMs / 1000),
    ],
  ];
  function countPush(push: Extract<XdsReport, { kind: "push" }>): void {
    pushes.inc({ type: shortName(push) });
    resources.inc({ type: shortName(push) }, push.resources);
  }
  for (const [name, listener] of listeners) subscribe(name, listener);
  return {
    contentType: registry.contentType,
    text: () => registry.metrics(),
    [Symbol.dispose]: () => {
      for (const [name, listener] of listeners) unsubscribe(name, listener);
    },
  };
}

function shortName({ typeUrl }: { readonly typeUrl: Parameters<typeof resourceType>[0] }): string {
  return resourceType(typeUrl).shortName.toLowerCase();
}
