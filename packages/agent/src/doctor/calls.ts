import { lookup } from "node:dns/promises";
import { printable } from "@portolan/model";
import type { HostPort } from "../bootstrap/options.ts";
import { dial, formatHostPort } from "./reach.ts";
import { type DiagnosisStep, failed, passed } from "./step.ts";

/** Addresses of a host as an application sees them: the hosts file, then DNS. Rejects where there are none. */
export type Resolve = (host: string) => Promise<readonly string[]>;

/** Ports of a host in the mesh, as the control plane says; undefined: the mesh does not know the host. */
export type DeclaredPorts = (host: string) => Promise<readonly number[] | undefined>;

export const resolveAsApplications: Resolve = async (host) =>
  (await lookup(host, { all: true })).map(({ address }) => address);

export async function checkHost(host: string, resolve: Resolve): Promise<DiagnosisStep> {
  const name = `name ${printable(host)}`;
  try {
    return passed(name, (await resolve(host)).join(", "));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const remedy = "add the lines of `portolan hosts` to /etc/hosts, or let this machine ask the mesh's DNS";
    return failed(name, `${printable(host)} has no address (${code ?? "unknown"})`, remedy);
  }
}

export interface CallCheck {
  readonly resolve: Resolve;
  readonly declaredPorts: DeclaredPorts | undefined;
  readonly timeoutMs: number;
}

/** In bind mode, a port that nobody declared has no listener, so calling it is refused: then the declared ones are named. */
export async function checkCall(
  target: HostPort,
  { resolve, declaredPorts, timeoutMs }: CallCheck,
): Promise<DiagnosisStep> {
  const name = `call ${printable(formatHostPort(target))}`;
  const resolved = await checkHost(target.host, resolve);
  if (resolved.status === "failed") return { ...resolved, name };
  const [address = target.host] = resolved.detail.split(", ");
  const why = await dial({ host: address, port: target.port }, timeoutMs);
  const seen = `${address}:${target.port}`;
  if (why === undefined) return passed(name, `${seen} is open`);
  const refused = `${seen} cannot be reached: ${why}`;
  const envoy = "see that Envoy runs on this machine and is connected: portolan proxy-status";
  if (declaredPorts === undefined) return failed(name, refused, envoy);
  let declared: readonly number[] | undefined;
  try {
    declared = await declaredPorts(target.host);
  } catch (error) {
    const unknown = `its declared ports are not known: ${printable(String(error))}`;
    return failed(name, `${refused} (${unknown})`, envoy);
  }
  if (declared === undefined) {
    return failed(name, `${refused}; the mesh has no host ${printable(target.host)}`, "export it by a ServiceEntry");
  }
  const ports = declared.length === 0 ? "none" : declared.join(", ");
  if (!declared.includes(target.port)) {
    const remedy = "call a declared port, or declare this one in the host's ServiceEntry or Service";
    return failed(name, `${refused}; the declared ports of ${printable(target.host)} are ${ports}`, remedy);
  }
  return failed(name, `${refused}, though it is declared (${ports})`, envoy);
}
