import { printable, type Result } from "@portolan/model";
import type { ClusterEnv } from "../machine/cluster-env.ts";
import { type DiagnosisStep, failed, passed, skipped } from "./step.ts";

export function checkClusterEnv(file: string, env: Result<ClusterEnv> | undefined): DiagnosisStep {
  const name = "cluster.env";
  if (env === undefined) return skipped(name, "there is no cluster.env");
  if (!env.ok) return failed(name, `${file}: ${env.error}`, "write it again: portolan cluster-env");
  const { authentication, inboundPorts } = env.value;
  const inbound = inboundPorts === "*" ? "all" : inboundPorts.join(", ") || "none";
  return passed(name, `${authentication === "mtls" ? "mutual TLS" : "plaintext"}, inbound ports: ${inbound}`);
}

/** A port that is opened to the mesh and that no service names is never called. */
export async function checkInboundPorts(
  env: ClusterEnv | undefined,
  servicePorts: (() => Promise<readonly number[]>) | undefined,
): Promise<DiagnosisStep> {
  const name = "inbound ports";
  if (env === undefined || env.inboundPorts === "*" || env.inboundPorts.length === 0) {
    return skipped(name, "ISTIO_INBOUND_PORTS names none");
  }
  if (servicePorts === undefined) return skipped(name, "the control plane was not asked");
  let named: readonly number[];
  try {
    named = await servicePorts();
  } catch (error) {
    return skipped(name, `the control plane did not answer: ${printable(String(error))}`);
  }
  const unnamed = env.inboundPorts.filter((port) => !named.includes(port));
  if (unnamed.length === 0) return passed(name, env.inboundPorts.join(", "));
  const remedy =
    "register a service for it (portolan add-to-mesh external-service), or take it out of ISTIO_INBOUND_PORTS";
  return failed(name, `no service of this machine names port ${unnamed.join(", ")}`, remedy);
}
