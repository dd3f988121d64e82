import { resourceType, type TypeUrl, type XdsReport } from "@portolan/xds";
import { Counter, Gauge, type Registry } from "prom-client";
import { Tally } from "./tally.ts";

/** istiod's, for the dashboards that people have. */
const convergenceBuckets = [0.1, 0.5, 1, 3, 5, 10, 20, 30];
const sizeBuckets = [1, 10_000, 1_000_000, 4_000_000, 10_000_000, 40_000_000];

/** What happens on xDS streams. No label names a node: there may be any number of them. */
export function addXdsMetrics(registers: Registry[]): (report: XdsReport) => void {
  const labelNames = ["type"] as const;
  const connected = new Gauge({ name: "pilot_xds", help: "Streams that are open.", registers });
  // What happens on all streams at a time is counted in plain numbers, and told where somebody asks.
  const sent = new Map<TypeUrl, { readonly type: string; pushes: number; resources: number }>();
  new Counter({
    name: "pilot_xds_pushes",
    help: "Responses sent, by type.",
    labelNames,
    registers,
    collect() {
      this.reset();
      for (const { type, pushes } of sent.values()) this.inc({ type }, pushes);
    },
  });
  const sizes = new Tally(
    {
      name: "pilot_xds_config_size_bytes",
      help: "Bytes of the responses sent, by type.",
      buckets: sizeBuckets,
      label: "type",
    },
    registers,
  );
  new Counter({
    name: "portolan_xds_resources_sent",
    help: "Resources in responses, by type.",
    labelNames,
    registers,
    collect() {
      this.reset();
      for (const { type, resources } of sent.values()) this.inc({ type }, resources);
    },
  });
  const oversize = new Counter({
    name: "portolan_xds_oversize_responses",
    help: "Responses larger than a client takes by default, that could not be split, by type.",
    labelNames,
    registers,
  });
  const rejects = new Counter({
    name: "pilot_total_xds_rejects",
    help: "Responses rejected by proxies, by type.",
    labelNames,
    registers,
  });
  const faults = new Counter({
    name: "pilot_total_xds_internal_errors",
    help: "Streams or updates that failed by a fault of the server.",
    registers,
  });
  const refused = new Counter({
    name: "portolan_xds_streams_refused",
    help: "Streams that were not served, by gRPC status.",
    labelNames: ["status"],
    registers,
  });
  const convergence = new Tally(
    {
      name: "pilot_proxy_convergence_time",
      help: "Seconds from a response to its acknowledgement.",
      buckets: convergenceBuckets,
    },
    registers,
  );

  function sentOf(typeUrl: TypeUrl) {
    let counts = sent.get(typeUrl);
    if (counts === undefined) {
      counts = { type: shortName(typeUrl), pushes: 0, resources: 0 };
      sent.set(typeUrl, counts);
    }
    return counts;
  }

  return (report) => {
    switch (report.kind) {
      case "stream-opened":
        return connected.inc();
      case "stream-closed":
        return connected.dec();
      case "push": {
        const counts = sentOf(report.typeUrl);
        counts.pushes++;
        counts.resources += report.resources;
        sizes.observe(report.bytes, counts.type);
        if (report.oversize) oversize.inc({ type: counts.type });
        return;
      }
      case "ack":
        return convergence.observe(report.waitedMs / 1000);
      case "nack":
        return rejects.inc({ type: shortName(report.typeUrl) });
      case "refused":
        return refused.inc({ status: report.status });
      case "fault":
        return faults.inc();
    }
  };
}

function shortName(typeUrl: TypeUrl): string {
  return resourceType(typeUrl).shortName.toLowerCase();
}
