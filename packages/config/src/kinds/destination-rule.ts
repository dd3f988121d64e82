import {
  type DestinationRuleObject,
  type Hostname,
  type Namespace,
  ok,
  type PortNumber,
  parseHostname,
  type Result,
  type Subset,
  type TrafficPolicy,
} from "@portolan/model";
import { parseLabelName } from "../read/address.ts";
import { readExportTo } from "../read/export-to.ts";
import type { Field } from "../read/field.ts";
import { readLabels, readSelector } from "../read/labels.ts";
import { readPort, Unique } from "../read/ports.ts";
import { ISTIO_NETWORKING, type KindDecoder } from "./kind.ts";
import { NO_POLICY, readTrafficPolicy, restOfPolicy } from "./traffic-policy.ts";

export const destinationRule: KindDecoder = {
  ...ISTIO_NETWORKING,
  kind: "DestinationRule",
  decode(root, meta): DestinationRuleObject | undefined {
    const spec = root.get("spec").required();
    if (!spec.present) return undefined;
    const host = readHost(spec.get("host"), meta.namespace);
    const policy = spec.get("trafficPolicy");
    const portPolicies = readPortPolicies(policy.get("portLevelSettings"));
    const names = new Unique("name of a subset");
    const subsets = spec
      .get("subsets")
      .items()
      .flatMap((item) => readSubset(item, names));
    const selector = spec.get("workloadSelector");
    const rule = {
      policy: readTrafficPolicy(policy),
      exportTo: readExportTo(spec.get("exportTo")),
      workloadSelector: selector.present ? readSelector(selector.get("matchLabels")) : undefined,
    };
    restOfPolicy(policy);
    if (selector.present) selector.rest();
    spec.rest();
    root.rest({ silent: ["status"] });
    return host === undefined ? undefined : { kind: "DestinationRule", meta, host, ...rule, portPolicies, subsets };
  },
};

/** A name without a dot is a Service of the rule's own namespace, as in Istio. */
function readHost(field: Field, namespace: Namespace | ""): Hostname | "*" | undefined {
  field.required("name the host that the rule is for, such as reviews.shop.svc.cluster.local").mark();
  return field.parsed((text): Result<Hostname | "*"> => {
    if (text === "*") return ok(text);
    return parseHostname(text.includes(".") ? text : `${text}.${namespace}.svc.cluster.local`);
  });
}

function readPortPolicies(list: Field): ReadonlyMap<PortNumber, TrafficPolicy> {
  const policies = new Map<PortNumber, TrafficPolicy>();
  for (const item of list.items()) {
    const port = item.get("port").required();
    const number = readPort(port.get("number").required().mark());
    const policy = readTrafficPolicy(item);
    restOfPolicy(item);
    if (number === undefined) continue;
    if (policies.has(number)) port.get("number").wrong(`port ${number} is given twice: keep one`);
    policies.set(number, policy);
  }
  return policies;
}

function readSubset(item: Field, names: Unique): readonly Subset[] {
  const name = item.get("name").required("routes name the subset by it").mark().parsed(parseLabelName);
  names.check(name, item.get("name"));
  const policy = item.get("trafficPolicy");
  const read = policy.present ? readTrafficPolicy(policy) : NO_POLICY;
  restOfPolicy(policy, ["portLevelSettings"]);
  const labels = readLabels(item.get("labels"));
  item.rest();
  return name === undefined ? [] : [{ name, labels, policy: read }];
}
