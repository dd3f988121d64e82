import { resourceType, type TypeUrl, type XdsReport } from "@portolan/xds";
import { Counter, Gauge, Histogram, type Registry } from "prom-client";

/** istiod's, for the dashboards that people have. */
const convergenceBuckets = [0.1, 0.5, 1, 3, 5, 10, 20, 30];
const sizeBuckets = [1, 10_000, 1_000_000, 4_000_000, 10_000_000, 40_000_000];

/** What happens on xDS streams. No label names a node: there may be any number of them. */
export function addXdsMetrics(registers: Registry[]): (report: XdsReport) => void {
  const labelNames = ["type"] as const;
  const connected = new Gauge({ name: "pilot_xds", help: "Streams that are open.", registers });
  const pushes = new Counter({ name: "pilot_xds_pushes", help: "Responses sent, by type.", labelNames, registers });
  const sizes = new Histogram({
    name: "pilot_xds_config_size_bytes",
    help: "Bytes of the responses sent, by type.",
    buckets: sizeBuckets,
    labelNames,
    registers,
  });
  const resources = new Counter({
    name: "portolan_xds_resources_sent",
    help: "Resources in responses, by type.",
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
  const convergence = new Histogram({
    name: "pilot_proxy_convergence_time",
    help: "Seconds from a response to its acknowledgement.",
    buckets: convergenceBuckets,
    registers,
  });
  return (report) => {
    switch (report.kind) {
      case "stream-opened":
        return connected.inc();
      case "stream-closed":
        return connected.dec();
      case "push": {
        const type = shortName(report.typeUrl);
        pushes.inc({ type });
        sizes.observe({ type }, report.bytes);
        resources.inc({ type }, report.resources);
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
