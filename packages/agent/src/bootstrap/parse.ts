import { isAbsolute, resolve } from "node:path";
import {
  type IpAddress,
  type Labels,
  type PortNumber,
  type ProxyMode,
  parseIpAddress,
  parseNamespace,
  parseNetworkId,
  parsePortNumber,
  parseServiceAccountName,
  printable,
  type Result,
} from "@portolan/model";
import { AgentError } from "../error.ts";
import type { ClusterEnv } from "../machine/cluster-env.ts";
import { parsePorts } from "../machine/ports.ts";
import { type BootstrapAuthentication, type BootstrapOptions, CONTROL_PLANE_NAME, type HostPort } from "./options.ts";

/** What a person says of a proxy, as text; the flags of `portolan bootstrap`. */
export interface BootstrapFlags {
  readonly role: "sidecar" | "gateway";
  readonly name: string;
  readonly namespace: string;
  readonly serviceAccount?: string | undefined;
  readonly network?: string | undefined;
  readonly cluster?: string | undefined;
  readonly ip?: string | undefined;
  /** `k=v,...` */
  readonly labels?: string | undefined;
  /** `8888,9999`, `*`, or the empty text for none; goes before what `clusterEnv` says. */
  readonly inboundPorts?: string | undefined;
  readonly clusterEnv?: ClusterEnv | undefined;
  /** `HOST:PORT`; `GATEWAY:15443` where only the gateway can be reached. */
  readonly controlPlane?: string | undefined;
  readonly plaintext?: boolean | undefined;
  /** Default `/etc/certs`. */
  readonly certs?: string | undefined;
  /** See `BootstrapAuthentication`. */
  readonly secretFiles?: string | undefined;
  readonly adminPort?: string | undefined;
  readonly statsPort?: string | undefined;
  readonly mode?: ProxyMode | undefined;
  readonly dialect?: "delta" | "sotw" | undefined;
}

/** What the machine says. */
export interface Machine {
  readonly platform: string;
  readonly lowestPort: PortNumber;
  /** Where `--ip` is not given. */
  readonly address: IpAddress;
}

/**
 * @throws AgentError `bad-bootstrap` naming the flag; `bind-needs-linux`
 */
export function parseBootstrap(flags: BootstrapFlags, machine: Machine): BootstrapOptions {
  const mode = flags.mode ?? "bind";
  if (mode === "bind" && machine.platform !== "linux") {
    const why = "Envoy listens on addresses of 127.255.0.0/16, which only Linux takes as its own";
    throw new AgentError("bind-needs-linux", `bind mode does not work on ${machine.platform}: ${why}`);
  }
  const plaintext = flags.plaintext === true || flags.clusterEnv?.authentication === "plaintext";
  const fallback = `${CONTROL_PLANE_NAME}:${plaintext ? 15010 : 15012}`;
  return {
    role: flags.role,
    name: parseName(flags.name),
    namespace: need("--namespace", parseNamespace(flags.namespace)),
    serviceAccount: need("--service-account", parseServiceAccountName(flags.serviceAccount ?? "default")),
    address: flags.ip === undefined ? machine.address : need("--ip", parseIpAddress(flags.ip)),
    network: flags.network === undefined ? undefined : need("--network", parseNetworkId(flags.network)),
    cluster: flags.cluster,
    labels: parseLabels(flags.labels ?? ""),
    inboundPorts: inboundPortsOf(flags),
    mode,
    lowestPort: machine.lowestPort,
    controlPlane: parseHostPort("--control-plane", flags.controlPlane ?? fallback),
    authentication: plaintext ? { kind: "plaintext" } : authenticationOf(flags),
    dialect: flags.dialect ?? "delta",
    adminPort: flags.adminPort === "0" ? 0 : parsePort("--admin-port", flags.adminPort ?? "15000"),
    statsPort: flags.statsPort === undefined ? undefined : parsePort("--stats-port", flags.statsPort),
  };
}

function authenticationOf({ certs, secretFiles }: BootstrapFlags): BootstrapAuthentication {
  const certificates = resolve(certs ?? "/etc/certs");
  if (secretFiles !== undefined && !isAbsolute(secretFiles)) throw bad("secretFiles", "must be absolute");
  return { kind: "mtls", certificates, secretFiles };
}

/** A cluster.env without the variable is that of a machine that only calls; without a cluster.env nothing is said. */
function inboundPortsOf({ inboundPorts, clusterEnv }: BootstrapFlags): BootstrapOptions["inboundPorts"] {
  return inboundPorts === undefined ? clusterEnv?.inboundPorts : need("--inbound-ports", parsePorts(inboundPorts));
}

/** It stands between `~` and the namespace in the node id. */
function parseName(text: string): string {
  if (text.length <= 253 && /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/.test(text)) return text;
  throw bad("--name", `"${printable(text)}" is not a name: use lower-case letters, digits, "-" and "."`);
}

function parseLabels(text: string): Labels {
  const labels = new Map<string, string>();
  for (const part of text.split(",")) {
    if (part.trim() === "") continue;
    const [key = "", value, ...more] = part.trim().split("=");
    if (!labelKey.test(key) || value === undefined || more.length > 0 || !labelValue.test(value)) {
      throw bad("--labels", `"${printable(part)}" is not a label: use KEY=VALUE,...`);
    }
    labels.set(key, value);
  }
  return labels;
}

const labelKey = /^([a-z0-9]([-a-z0-9.]*[a-z0-9])?\/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;
const labelValue = /^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$/;

/** `HOST:PORT`, `[::1]:PORT`. */
export function parseHostPort(flag: string, text: string): HostPort {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([A-Za-z0-9_.-]+)):(\d{1,5})$/.exec(text);
  const host = match?.[1] ?? match?.[2];
  if (match === null || host === undefined) throw bad(flag, `"${printable(text)}" is not HOST:PORT`);
  return { host, port: parsePort(flag, match[3] ?? "") };
}

function parsePort(flag: string, text: string): PortNumber {
  if (!/^\d{1,5}$/.test(text)) throw bad(flag, `"${printable(text)}" is not a port`);
  return need(flag, parsePortNumber(Number(text)));
}

function need<Value>(flag: string, result: Result<Value>): Value {
  if (result.ok) return result.value;
  throw bad(flag, result.error);
}

function bad(flag: string, why: string): AgentError {
  return new AgentError("bad-bootstrap", `${flag}: ${why}`);
}
