import {
  type Namespace,
  parseHostname,
  parseIpAddress,
  parsePortNumber,
  parseProtocol,
  protocolOfPort,
} from "@portolan/model";
import { stringify } from "yaml";
import { SdkError } from "../error.ts";

export interface ExternalPort {
  readonly name: string;
  readonly number: number;
}

/** `[NAME:]PORT`, as `istioctl x add-to-mesh external-service` takes it; a port without a name is named by its number. */
export function parseExternalPort(text: string): ExternalPort {
  const match = /^(?:([a-z0-9](?:[-a-z0-9]*[a-z0-9])?):)?(\d{1,5})$/.exec(text);
  const number = parsePortNumber(Number(match?.[2]));
  if (match === null || !number.ok)
    throw new SdkError("usage", `"${text}" is not a port: use [NAME:]PORT, such as http:8888`);
  return { name: match[1] ?? `tcp-${number.value}`, number: number.value };
}

export interface ExternalService {
  readonly name: string;
  readonly namespace: Namespace;
  readonly addresses: readonly string[];
  readonly ports: readonly ExternalPort[];
  readonly serviceAccount: string | undefined;
}

export function entryName(name: string): string {
  return `mesh-expansion-${name}`;
}

/** The Service and the ServiceEntry that stand for an application outside the mesh, as one YAML stream. */
export function externalServiceManifests({
  name,
  namespace,
  addresses,
  ports,
  serviceAccount,
}: ExternalService): string {
  const host = parseHostname(`${name}.${namespace}.svc.cluster.local`);
  if (!host.ok) throw new SdkError("usage", host.error);
  for (const address of addresses) {
    const parsed = parseIpAddress(address);
    if (!parsed.ok) throw new SdkError("usage", parsed.error);
  }
  const metadata = { namespace };
  const service = {
    apiVersion: "v1",
    kind: "Service",
    metadata: { ...metadata, name },
    spec: {
      ports: ports.map((port) => ({ name: port.name, port: port.number, targetPort: port.number, protocol: "TCP" })),
    },
  };
  const entry = {
    apiVersion: "networking.istio.io/v1",
    kind: "ServiceEntry",
    metadata: { ...metadata, name: entryName(name) },
    spec: {
      hosts: [host.value],
      location: "MESH_INTERNAL",
      resolution: "STATIC",
      ports: ports.map((port) => ({ name: port.name, number: port.number, protocol: protocolName(port.name) })),
      endpoints: addresses.map((address) => ({
        address,
        ports: Object.fromEntries(ports.map((port) => [port.name, port.number])),
        ...(serviceAccount === undefined ? {} : { serviceAccount }),
      })),
    },
  };
  return `${stringify(service)}---\n${stringify(entry)}`;
}

function protocolName(portName: string): string {
  return parseProtocol(portName) ?? protocolOfPort(portName, "TCP", undefined);
}
