import { join } from "node:path";
import {
  type EnvoyProcess,
  launchEnvoy,
  parseBootstrap,
  probeLowestPort,
  secretFilesBeside,
  writeBootstrap,
} from "@portolan/agent";
import { DEFAULT_TRUST_DOMAIN, parseIpAddress } from "@portolan/model";
import { parseIdentity } from "../control-plane/identity.ts";
import { issueFiles } from "../control-plane/issue-files.ts";
import { SdkError } from "../error.ts";
import type { NetworkNamespace } from "./network-namespace.ts";
import type { DemoPlan, PlannedProxy } from "./plan.ts";
import type { ServerProcess } from "./server-process.ts";

export interface RunningProxy extends AsyncDisposable {
  readonly planned: PlannedProxy;
  readonly envoy: EnvoyProcess;
}

export interface ProxyStart {
  readonly planned: PlannedProxy;
  readonly plan: DemoPlan;
  readonly server: ServerProcess;
  readonly binary: string;
  readonly directory: string;
  readonly machine: NetworkNamespace | undefined;
}

/** Issues its certificate, writes its bootstrap, and starts an Envoy. */
export async function startProxy(start: ProxyStart): Promise<RunningProxy> {
  const { planned, server, machine, plan } = start;
  const identity = parseIdentity(DEFAULT_TRUST_DOMAIN, planned.namespace, planned.serviceAccount);
  const certs = join(start.directory, planned.name, "certs");
  await issueFiles(join(server.data, "ca"), identity, certs);
  const address = parseIpAddress(planned.address);
  if (!address.ok) throw new SdkError("usage", `${planned.name}: ${address.error}`);
  const file = join(start.directory, planned.name, "bootstrap.json");
  const throughGateway = planned.machine && plan.machine !== undefined;
  const options = parseBootstrap(
    {
      role: planned.role,
      name: planned.name,
      namespace: planned.namespace,
      serviceAccount: planned.serviceAccount,
      network: planned.network,
      labels: Object.entries(planned.labels)
        .map(([key, value]) => `${key}=${value}`)
        .join(","),
      inboundPorts: planned.inboundPorts,
      dialect: planned.dialect ?? "delta",
      controlPlane: throughGateway ? `${plan.machine?.gateway}:15443` : server.ports().xds,
      certs,
      secretFiles: secretFilesBeside(file),
      adminPort: "0",
    },
    { platform: process.platform, lowestPort: probeLowestPort(), address: address.value },
  );
  await writeBootstrap(file, options);
  const envoy = await launchEnvoy({
    binary: start.binary,
    bootstrapFile: file,
    concurrency: 1,
    logLevel: "info",
    logFile: join(start.directory, planned.name, "envoy.log"),
    ...(machine !== undefined && planned.machine ? { netns: machine.name } : {}),
  });
  await envoy.ready;
  return { planned, envoy, [Symbol.asyncDispose]: () => envoy[Symbol.asyncDispose]() };
}
