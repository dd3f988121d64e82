import type { HostScope, SidecarObject } from "@portolan/model";
import type { Field } from "../read/field.ts";
import { parseHostScope } from "../read/host-scope.ts";
import { readSelector } from "../read/labels.ts";
import { ISTIO_NETWORKING, type KindDecoder } from "./kind.ts";

export const sidecar: KindDecoder = {
  ...ISTIO_NETWORKING,
  kind: "Sidecar",
  decode(root, meta): SidecarObject {
    const spec = root.get("spec");
    const selector = spec.get("workloadSelector");
    const listeners = spec.get("egress").items();
    const egress = listeners.flatMap(readEgress);
    const labels = selector.present ? readSelector(selector.get("labels")) : undefined;
    if (selector.present) selector.rest();
    spec.rest({ unused: ["ingress", "outboundTrafficPolicy", "inboundConnectionPool"] });
    root.rest({ silent: ["status"] });
    return { kind: "Sidecar", meta, workloadSelector: labels, egress: listeners.length === 0 ? undefined : egress };
  },
};

function readEgress(listener: Field): readonly HostScope[] {
  const hosts = listener.get("hosts").required("name hosts as NAMESPACE/HOST").items();
  const scopes = hosts.flatMap((item) => item.mark().parsed((text) => parseHostScope(text, "refused")) ?? []);
  listener.rest({ unused: ["port", "bind", "captureMode"] });
  return scopes;
}
