import {
  type Cidr,
  type Hostname,
  type IpAddress,
  parseHostname,
  parseProtocol,
  printable,
  protocolOfPort,
  type ServiceEntryObject,
  type ServiceEntryPort,
  type WorkloadSpec,
} from "@portolan/model";
import { parseIpOrCidr, parseLabelName } from "../read/address.ts";
import { readExportTo } from "../read/export-to.ts";
import type { Field } from "../read/field.ts";
import { readSelector } from "../read/labels.ts";
import { readPort, Unique } from "../read/ports.ts";
import { ISTIO_NETWORKING, type KindDecoder } from "./kind.ts";
import { readWorkloadSpec } from "./workload-spec.ts";

type Resolution = ServiceEntryObject["resolution"];

/** The rules are those of Istio's ValidateServiceEntry. */
export const serviceEntry: KindDecoder = {
  ...ISTIO_NETWORKING,
  kind: "ServiceEntry",
  decode(root, meta): ServiceEntryObject | undefined {
    const spec = root.get("spec").required();
    if (!spec.present) return undefined;
    const resolution = readResolution(spec.get("resolution"));
    const hosts = readHosts(spec.get("hosts"));
    const ports = readPorts(spec.get("ports"));
    const endpoints = readEndpoints(spec.get("endpoints"), resolution, ports);
    const selector = spec.get("workloadSelector");
    const entry: ServiceEntryObject = {
      kind: "ServiceEntry",
      meta,
      hosts,
      addresses: readAddresses(spec.get("addresses")),
      ports,
      location: spec.get("location").choice(["MESH_INTERNAL", "MESH_EXTERNAL"]) ?? "MESH_EXTERNAL",
      resolution,
      endpoints,
      workloadSelector: selector.present ? (readSelector(selector.get("labels")) ?? new Map()) : undefined,
      exportTo: readExportTo(spec.get("exportTo")),
      subjectAltNames: spec
        .get("subjectAltNames")
        .items()
        .flatMap((item) => item.text() ?? []),
    };
    checkResolution(entry, spec);
    if (selector.present) selector.rest();
    spec.rest();
    root.rest({ silent: ["status"] });
    return entry;
  },
};

function readResolution(field: Field): Resolution {
  const said = field.choice(["NONE", "STATIC", "DNS", "DNS_ROUND_ROBIN"]) ?? "NONE";
  if (said !== "DNS_ROUND_ROBIN") return said;
  field.warn(
    "DNS_ROUND_ROBIN is not yet used: the entry is read with resolution DNS, which calls every address",
    "PTL1009",
  );
  return "DNS";
}

function readHosts(field: Field): readonly Hostname[] {
  field.required("name at least one host");
  const unique = new Unique("host");
  return field.items().flatMap((item) => {
    const host = item.required().mark().parsed(parseHostname);
    unique.check(host, item);
    return host ?? [];
  });
}

function readAddresses(field: Field): readonly (IpAddress | Cidr)[] {
  const unique = new Unique("address");
  return field.items().flatMap((item) => {
    const address = item.required().mark().parsed(parseIpOrCidr);
    unique.check(address, item);
    return address ?? [];
  });
}

function readPorts(field: Field): readonly ServiceEntryPort[] {
  const names = new Unique("name of a port");
  const numbers = new Unique("number of a port");
  return field.items().flatMap((item): ServiceEntryPort[] => {
    const name = item.get("name").required("endpoints name ports by it").parsed(parseLabelName);
    const number = readPort(item.get("number").required().mark());
    const targetPort = readPort(item.get("targetPort"));
    const protocol = readProtocol(item.get("protocol"), name ?? "");
    item.rest();
    names.check(name, item.get("name"));
    if (number !== undefined) numbers.check(String(number), item.get("number"));
    return name === undefined || number === undefined ? [] : [{ name, number, protocol, targetPort }];
  });
}

function readProtocol(field: Field, name: string): ServiceEntryPort["protocol"] {
  const text = field.present ? field.text() : undefined;
  const protocol = text === undefined ? undefined : parseProtocol(text);
  if (text !== undefined && protocol === undefined) {
    field.wrong(
      `"${printable(text)}" is not a protocol: use HTTP, HTTP2, GRPC, GRPC-WEB, HTTPS, TLS, TCP, MONGO, REDIS, MYSQL or UDP`,
    );
  }
  return protocol ?? protocolOfPort(name, "TCP", undefined);
}

function readEndpoints(
  field: Field,
  resolution: Resolution,
  ports: readonly ServiceEntryPort[],
): readonly WorkloadSpec[] {
  const ipOnly =
    resolution === "DNS" ? undefined : `with resolution ${resolution} nobody resolves a host name: use DNS`;
  const declared = new Set(ports.map((port) => port.name));
  return field.items().flatMap((item) => {
    const endpoint = readWorkloadSpec(item, ipOnly);
    for (const [name, port] of item.get("ports").entries()) {
      if (declared.has(name)) continue;
      const known = [...declared].map((one) => `"${one}"`).join(", ");
      port.wrong(
        `the entry declares no port named "${printable(name)}"${known === "" ? "" : `: it declares ${known}`}`,
      );
    }
    return endpoint ?? [];
  });
}

function checkResolution(entry: ServiceEntryObject, spec: Field): void {
  const { resolution, hosts, workloadSelector } = entry;
  const endpoints = spec.get("endpoints");
  const given = endpoints.items().length > 0;
  if (workloadSelector !== undefined) {
    if (given) endpoints.wrong("endpoints and workloadSelector exclude each other: keep one");
    if (resolution === "DNS")
      spec.get("resolution").wrong("a workloadSelector finds IP addresses: use resolution STATIC");
  }
  if (resolution === "NONE" && given)
    endpoints.wrong("resolution NONE calls the address that the client dialled: use STATIC or DNS");
  if (resolution === "DNS" && !given) {
    for (const [index, host] of hosts.entries()) {
      if (host.startsWith("*"))
        spec.get("hosts").items()[index]?.wrong("a wildcard cannot be resolved: give endpoints, or resolution NONE");
    }
  }
  if (resolution === "STATIC" && !given && workloadSelector === undefined) {
    spec
      .get("resolution")
      .warn("resolution STATIC without endpoints or workloadSelector leads nowhere: give one of them");
  }
  if (spec.get("ports").items().length === 0)
    spec.warn("an entry without ports cannot be called: declare them under ports");
}
