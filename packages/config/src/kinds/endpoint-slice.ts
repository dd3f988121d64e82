import { type EndpointAddress, type EndpointsObject, parseIpAddress } from "@portolan/model";
import type { Field } from "../read/field.ts";
import { readNamedPorts } from "../read/named-ports.ts";
import { readPodRef } from "./endpoints.ts";
import type { KindDecoder } from "./kind.ts";

const SERVICE_NAME = "kubernetes.io/service-name";

export const endpointSlice: KindDecoder = {
  kind: "EndpointSlice",
  group: "discovery.k8s.io",
  versions: ["v1", "v1beta1"],
  scope: "namespaced",
  decode(root, meta): EndpointsObject | undefined {
    const service = meta.labels.get(SERVICE_NAME);
    if (service === undefined || service === "") {
      root.get("metadata").get("labels").wrong(`the label ${SERVICE_NAME} is required: it names the Service`);
    }
    const type = root.get("addressType").required("use IPv4 or IPv6").choice(["IPv4", "IPv6", "FQDN"]);
    const ports = readNamedPorts(root.get("ports"));
    const list = root.get("endpoints");
    if (type === "FQDN") root.get("addressType").warn("FQDN is not yet used: the endpoints are left out", "PTL1009");
    const addresses = type === "FQDN" ? [] : list.items().flatMap(readEndpoint);
    root.rest();
    return { kind: "EndpointSlice", meta, service: service ?? "", groups: [{ addresses, ports }] };
  },
};

function readEndpoint(endpoint: Field): EndpointAddress[] {
  const conditions = endpoint.get("conditions");
  // Unknown readiness counts as ready (EndpointConditions of the Kubernetes API).
  const ready = conditions.get("ready").flag() ?? true;
  const pod = readPodRef(endpoint.get("targetRef"));
  const zone = endpoint.get("zone").text();
  const addresses = endpoint.get("addresses").required("name one address").items();
  endpoint.rest({ silent: ["hostname", "nodeName", "hints", "deprecatedTopology", "topology"] });
  return addresses.flatMap((item) => {
    const address = item.mark().parsed(parseIpAddress);
    return address === undefined ? [] : [{ address, ready, pod, zone: zone === "" ? undefined : zone }];
  });
}
