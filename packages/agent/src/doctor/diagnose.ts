import type { HostPort } from "../bootstrap/options.ts";
import { parseClusterEnv } from "../machine/cluster-env.ts";
import { type MachineFiles, machineFiles } from "../machine/files.ts";
import { checkCall, checkHost, type DeclaredPorts, type Resolve, resolveAsApplications } from "./calls.ts";
import { checkCertificate } from "./certificate.ts";
import { checkFiles, type FileOwner } from "./files.ts";
import { checkClusterEnv, checkInboundPorts } from "./inbound.ts";
import { checkTcp, checkTls } from "./reach.ts";
import { type DiagnosisStep, skipped } from "./step.ts";

export interface DiagnoseOptions {
  readonly nowMs: number;
  /** Default: where Istio's package keeps them. */
  readonly files?: MachineFiles;
  /** What the bootstrap dials: the gateway's port 15443, or the control plane. Undefined: not looked at. */
  readonly controlPlane?: HostPort | undefined;
  /** Names that have to have an address. */
  readonly hosts?: readonly string[];
  /** What applications here call. */
  readonly calls?: readonly HostPort[];
  readonly owner?: FileOwner | undefined;
  readonly declaredPorts?: DeclaredPorts | undefined;
  /** Ports that services name for this machine. */
  readonly servicePorts?: (() => Promise<readonly number[]>) | undefined;
  readonly resolve?: Resolve;
  /** Of one connection; default 5,000. */
  readonly timeoutMs?: number;
}

/** Looks at one thing after the other, in the order in which they build on each other; each step comes as it is known. */
export async function* diagnose(options: DiagnoseOptions): AsyncGenerator<DiagnosisStep, void, undefined> {
  const { nowMs, controlPlane, owner, declaredPorts, timeoutMs = 5000 } = options;
  const { files = machineFiles(), hosts = [], calls = [], resolve = resolveAsApplications } = options;
  const checked = await checkFiles(files, owner);
  yield* checked.steps;
  const certificate = checkCertificate(files, checked.texts, nowMs);
  yield* certificate;
  const usable = certificate.every(({ name, status }) => status === "ok" || !["certificate", "key"].includes(name));
  const { clusterEnv } = checked.texts;
  const env = clusterEnv === undefined ? undefined : parseClusterEnv(clusterEnv);
  yield checkClusterEnv(files.clusterEnv, env);

  if (controlPlane === undefined) {
    yield skipped("control plane TCP", "no address was given");
  } else {
    const reached = await checkTcp(controlPlane, timeoutMs);
    yield reached;
    if (reached.status !== "ok") yield skipped("control plane TLS", "there is no connection");
    else if (env?.ok && env.value.authentication === "plaintext")
      yield skipped("control plane TLS", "plaintext was asked for");
    else if (!usable) yield skipped("control plane TLS", "the files above do not make a certificate with its key");
    else yield await checkTls(controlPlane, checked.texts, timeoutMs);
  }

  for (const host of hosts) yield await checkHost(host, resolve);
  for (const target of calls) yield await checkCall(target, { resolve, declaredPorts, timeoutMs });
  yield await checkInboundPorts(env?.ok ? env.value : undefined, options.servicePorts);
}
