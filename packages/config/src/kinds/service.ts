import {
  type IpAddress,
  type PortNumber,
  parseHostname,
  parseIpAddress,
  protocolOfPort,
  type ServiceObject,
  type ServicePortSpec,
} from "@portolan/model";
import { parseLabelName } from "../read/address.ts";
import { readExportToAnnotation } from "../read/export-to.ts";
import type { Field } from "../read/field.ts";
import { readSelector } from "../read/labels.ts";
import { readPort, Unique } from "../read/ports.ts";
import { CORE, type KindDecoder } from "./kind.ts";

const EXPORT_TO = "networking.istio.io/exportTo";

/** Of a Service's spec, what Kubernetes alone acts on. */
const KUBERNETES_ONLY = [
  "allocateLoadBalancerNodePorts",
  "externalTrafficPolicy",
  "healthCheckNodePort",
  "internalTrafficPolicy",
  "ipFamilies",
  "ipFamilyPolicy",
  "loadBalancerClass",
  "loadBalancerSourceRanges",
  "publishNotReadyAddresses",
  "sessionAffinity",
  "sessionAffinityConfig",
  "trafficDistribution",
];

export const service: KindDecoder = {
  ...CORE,
  kind: "Service",
  decode(root, meta): ServiceObject | undefined {
    const spec = root.get("spec").required();
    const type = spec.get("type").choice(["ClusterIP", "NodePort", "LoadBalancer", "ExternalName"]) ?? "ClusterIP";
    const externalName = readExternalName(spec.get("externalName"), type === "ExternalName");
    const headless = spec.get("clusterIP").scalar?.value === "None";
    const clusterIps = readClusterIps(spec, headless);
    const ports = readPorts(spec.get("ports"));
    if (ports.length === 0 && !headless && externalName === undefined && spec.present) {
      spec.get("ports").required("name at least one port");
    }
    const selector = readSelector(spec.get("selector"));
    const externalIps = [
      ...readIngress(root.get("status").get("loadBalancer").get("ingress")),
      ...readIps(spec.get("externalIPs")),
      ...(ipOf(spec.get("loadBalancerIP")) ?? []),
    ];
    spec.rest({ silent: KUBERNETES_ONLY });
    root.rest();
    return {
      kind: "Service",
      meta,
      clusterIps,
      headless,
      externalName,
      selector: selector?.size === 0 ? undefined : selector,
      ports,
      externalIps: [...new Set(externalIps)],
      exportTo: readExportToAnnotation(root.get("metadata").get("annotations").get(EXPORT_TO)),
    };
  },
};

function readExternalName(field: Field, wanted: boolean): ServiceObject["externalName"] {
  if (wanted) return field.required("type ExternalName names the host that it stands for").mark().parsed(parseHostname);
  if (field.present) field.warn("externalName has no effect without type: ExternalName");
  return undefined;
}

function readClusterIps(spec: Field, headless: boolean): readonly IpAddress[] {
  const one = spec.get("clusterIP");
  const all = spec.get("clusterIPs");
  if (headless) return [];
  const first = ipOf(one) ?? [];
  return [...new Set([...first, ...readIps(all)])];
}

function readIps(list: Field): IpAddress[] {
  return list.items().flatMap((item) => ipOf(item) ?? []);
}

function ipOf(field: Field): [IpAddress] | undefined {
  const address = field.mark().parsed(parseIpAddress);
  return address === undefined ? undefined : [address];
}

/** A load balancer that has only a host name (`hostname`) gives no address. */
function readIngress(list: Field): IpAddress[] {
  return list.items().flatMap((item) => ipOf(item.get("ip")) ?? []);
}

function readPorts(list: Field): readonly ServicePortSpec[] {
  const names = new Unique("name of a port");
  const numbers = new Unique("port and transport");
  const items = list.items();
  return items.flatMap((item): ServicePortSpec[] => {
    if (items.length > 1) item.get("name").required("with several ports each needs a name");
    const name = item.get("name").parsed(parseLabelName) ?? "";
    const number = readPort(item.get("port").required().mark());
    const transport = item.get("protocol").choice(["TCP", "UDP", "SCTP"]) ?? "TCP";
    const appProtocol = item.get("appProtocol").text();
    const targetPort = readTargetPort(item.get("targetPort"));
    item.rest({ silent: ["nodePort"] });
    names.check(name, item.get("name"));
    if (number === undefined) return [];
    numbers.check(`${number}/${transport}`, item.get("port"));
    if (transport === "SCTP") {
      item.get("protocol").warn("SCTP is not yet used: the port is left out", "PTL1009");
      return [];
    }
    return [{ name, number, protocol: protocolOfPort(name, transport, appProtocol), targetPort: targetPort ?? number }];
  });
}

/** A number, or the name of a container port (RFC 6335: at most 15 characters, a letter among them). */
function readTargetPort(field: Field): PortNumber | string | undefined {
  if (typeof field.scalar?.value !== "string") return readPort(field);
  return field.parsed((text) => {
    const name = parseLabelName(text);
    if (!name.ok || /[a-z]/.test(text)) return name;
    return { ok: false, error: `"${text}" in quotes is the name of a container port: write a number without quotes` };
  });
}
