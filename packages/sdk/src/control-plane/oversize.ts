import { printable } from "@portolan/model";
import { resourceType, type TypeUrl, type XdsReport } from "@portolan/xds";
import { warn } from "./warnings.ts";

/**
 * Says once a type that a response was larger than gRPC clients take by default, which then end their stream. How often it
 * happens is in the metrics.
 */
export function createOversizeWarning(): (report: XdsReport) => void {
  const said = new Set<TypeUrl>();
  return (report) => {
    if (report.kind !== "push" || !report.oversize || said.has(report.typeUrl)) return;
    said.add(report.typeUrl);
    const { typeUrl, bytes, nodeId } = report;
    const type = resourceType(typeUrl).shortName;
    warn(
      `a response of ${type} to ${printable(nodeId)} has ${bytes} bytes and cannot be split: clients with gRPC's default limit of 4 MiB refuse it (said once a type)`,
    );
  };
}
