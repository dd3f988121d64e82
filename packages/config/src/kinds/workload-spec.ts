import {
  fail,
  type Hostname,
  type IpAddress,
  ok,
  type PortNumber,
  parseIpAddress,
  parseNetworkId,
  parseServiceAccountName,
  printable,
  type Result,
  type WorkloadSpec,
} from "@portolan/model";
import { parseIpOrHostname, parseLabelName } from "../read/address.ts";
import type { Field } from "../read/field.ts";
import { readLabels } from "../read/labels.ts";
import { readPort } from "../read/ports.ts";

/** So that the weights of 65,537 endpoints still fit Envoy's sum of 32 bits. */
const MAX_WEIGHT = 65535;

/** A WorkloadEntry's spec, or an endpoint of a ServiceEntry. `ipOnly` says why where a host name cannot serve. */
export function readWorkloadSpec(spec: Field, ipOnly: string | undefined): WorkloadSpec | undefined {
  const address = spec.get("address").required("give the address at which it is reached").mark();
  const where = address.parsed((text) => parseAddress(text, ipOnly));
  const weight = spec.get("weight").whole(0, MAX_WEIGHT);
  const ports = readPortMap(spec.get("ports"));
  const labels = readLabels(spec.get("labels"));
  const network = spec.get("network").parsed(parseNetworkId);
  const locality = spec.get("locality").parsed(parseLocality);
  const serviceAccount = spec.get("serviceAccount").parsed(parseServiceAccountName);
  spec.rest();
  if (where === undefined) return undefined;
  return {
    address: where,
    ports,
    labels,
    network,
    locality,
    // 0 is what Istio's protobuf says for "not given".
    weight: weight === 0 ? undefined : weight,
    serviceAccount,
  };
}

function parseAddress(text: string, ipOnly: string | undefined): Result<IpAddress | Hostname> {
  if (text.startsWith("unix:")) {
    return fail(`"${printable(text)}" is a Unix socket and cannot be reached by others: use an IP address`);
  }
  if (ipOnly === undefined) return parseIpOrHostname(text);
  const ip = parseIpAddress(text);
  return ip.ok ? ip : fail(`${ip.error}, and ${ipOnly}`);
}

function readPortMap(field: Field): ReadonlyMap<string, PortNumber> {
  const given = field.entries();
  if (given.length === 0) return NO_PORTS;
  const ports = new Map<string, PortNumber>();
  for (const [name, entry] of given) {
    const number = readPort(entry.mark());
    const parsed = parseLabelName(name);
    if (!parsed.ok) entry.wrong(parsed.error);
    else if (number !== undefined) ports.set(name, number);
  }
  return ports.size === 0 ? NO_PORTS : ports;
}

/** Most endpoints say nothing of ports, and there are many. */
const NO_PORTS: ReadonlyMap<string, PortNumber> = new Map();

/** `region/zone/subzone`, the last two of which may be missing. */
function parseLocality(text: string): Result<string> {
  const parts = text.split("/", 5);
  if (text.length <= 253 && parts.length <= 3 && parts.every((part) => /^[A-Za-z0-9][-A-Za-z0-9_.]*$/.test(part)))
    return ok(text);
  return fail(`"${printable(text)}" is not a locality: use REGION/ZONE/SUBZONE`);
}
