import { type Cidr, fail, ok, type PortNumber, parseCidr, printable, type Result } from "@portolan/model";
import { parsePorts } from "./ports.ts";

/** The file `cluster.env` of a machine in the mesh: what its agent is told besides its certificates. */
export interface ClusterEnv {
  /** `ISTIO_CP_AUTH`: `MUTUAL_TLS`, or `NONE` for a control plane that is spoken to in plaintext. */
  readonly authentication: "mtls" | "plaintext";
  /** `ISTIO_SERVICE_CIDR`: addresses that are the mesh's own; others pass untouched. */
  readonly serviceCidrs: readonly Cidr[];
  /** `ISTIO_INBOUND_PORTS`; empty: the machine only calls. */
  readonly inboundPorts: "*" | readonly PortNumber[];
  /** Other variables, in the order of the file. */
  readonly rest: ReadonlyMap<string, string>;
}

const known = new Set(["ISTIO_CP_AUTH", "ISTIO_SERVICE_CIDR", "ISTIO_INBOUND_PORTS"]);

/**
 * Lines `KEY=VALUE` as a POSIX shell reads them where nothing is expanded: `#` comments, `export`, single and double
 * quotes; the last of several lines for a key holds. The error names the line.
 */
export function parseClusterEnv(text: string): Result<ClusterEnv> {
  const values = new Map<string, string>();
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    const trimmed = line.trim();
    if (trimmed === "" || trimmed.startsWith("#")) continue;
    const match = /^(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)=(.*)$/.exec(trimmed);
    const value = match === null ? undefined : unquoted(match[2] ?? "");
    if (match === null || value === undefined) {
      return fail(`line ${index + 1}: "${printable(trimmed)}" is not KEY=VALUE`);
    }
    values.set(match[1] ?? "", value);
  }
  const authentication = parseAuthentication(values.get("ISTIO_CP_AUTH"));
  if (!authentication.ok) return authentication;
  const serviceCidrs = parseCidrs(values.get("ISTIO_SERVICE_CIDR"));
  if (!serviceCidrs.ok) return serviceCidrs;
  const inboundPorts = parsePorts(values.get("ISTIO_INBOUND_PORTS") ?? "");
  if (!inboundPorts.ok) return fail(`ISTIO_INBOUND_PORTS: ${inboundPorts.error}`);
  return ok({
    authentication: authentication.value,
    serviceCidrs: serviceCidrs.value,
    inboundPorts: inboundPorts.value,
    rest: new Map([...values].filter(([key]) => !known.has(key))),
  });
}

export function formatClusterEnv(env: ClusterEnv): string {
  const { inboundPorts } = env;
  const ports = inboundPorts === "*" ? "*" : inboundPorts.join(",");
  const lines = [
    `ISTIO_CP_AUTH=${env.authentication === "mtls" ? "MUTUAL_TLS" : "NONE"}`,
    `ISTIO_SERVICE_CIDR=${env.serviceCidrs.join(",")}`,
    ...(ports === "" ? [] : [`ISTIO_INBOUND_PORTS=${ports === "*" ? "'*'" : ports}`]),
    ...[...env.rest].map(([key, value]) => `${key}=${quoted(value)}`),
  ];
  return `${lines.join("\n")}\n`;
}

/** Undefined where a quote is not closed, or something follows it. */
function unquoted(text: string): string | undefined {
  let value = "";
  let rest = text;
  while (rest !== "") {
    const part = /^(?:'([^']*)'|"((?:[^"\\]|\\.)*)"|([^'"\\\s#]+)|\\(.)|(\S))/.exec(rest);
    if (part === null) return /^\s+(#.*)?$/.test(rest) ? value : undefined;
    const [all, single, double, plain, escaped, other] = part;
    if (other !== undefined && other !== "#") return undefined;
    value += single ?? double?.replace(/\\([$`"\\])/g, "$1") ?? plain ?? escaped ?? other ?? "";
    rest = rest.slice(all.length);
  }
  return value;
}

function quoted(value: string): string {
  return /^[A-Za-z0-9_@%+=:,./-]*$/.test(value) ? value : `'${value.replaceAll("'", `'\\''`)}'`;
}

function parseAuthentication(text = "MUTUAL_TLS"): Result<ClusterEnv["authentication"]> {
  if (text === "MUTUAL_TLS") return ok("mtls");
  if (text === "NONE") return ok("plaintext");
  return fail(`ISTIO_CP_AUTH: "${printable(text)}" is neither MUTUAL_TLS nor NONE`);
}

function parseCidrs(text = ""): Result<readonly Cidr[]> {
  const cidrs: Cidr[] = [];
  for (const part of text.split(",")) {
    if (part.trim() === "") continue;
    const cidr = parseCidr(part.trim());
    if (!cidr.ok) return fail(`ISTIO_SERVICE_CIDR: ${cidr.error}`);
    cidrs.push(cidr.value);
  }
  return ok(cidrs);
}
