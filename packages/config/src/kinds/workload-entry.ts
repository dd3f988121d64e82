import type { WorkloadEntryObject } from "@portolan/model";
import { ISTIO_NETWORKING, type KindDecoder } from "./kind.ts";
import { readWorkloadSpec } from "./workload-spec.ts";

export const workloadEntry: KindDecoder = {
  ...ISTIO_NETWORKING,
  kind: "WorkloadEntry",
  decode(root, meta): WorkloadEntryObject | undefined {
    const spec = root.get("spec").required();
    if (!spec.present) return undefined;
    const read = readWorkloadSpec(spec, "a WorkloadEntry is one workload, whose IP address must be known");
    root.rest({ silent: ["status"] });
    if (read === undefined) return undefined;
    // Istio selects a WorkloadEntry by both, those of the metadata first.
    return { kind: "WorkloadEntry", meta, spec: { ...read, labels: new Map([...read.labels, ...meta.labels]) } };
  },
};
