import { readFile } from "node:fs/promises";
import type { BootstrapFlags } from "@portolan/agent";
import { type Command, Option } from "commander";
import { SdkError } from "../../error.ts";
import type { Invocation } from "../invocation.ts";

interface Flags extends Omit<BootstrapFlags, "role" | "namespace" | "clusterEnv"> {
  readonly clusterEnv?: string;
  readonly output?: string;
}

/** `bootstrap sidecar|gateway`: the file with which Envoy is started. */
export function addBootstrapCommand(program: Command, invocation: Invocation): void {
  const parent = program.command("bootstrap").description("print the bootstrap of an Envoy");
  for (const role of ["sidecar", "gateway"] as const) {
    parent
      .command(role)
      .description(`the bootstrap of a ${role}`)
      .requiredOption("--name <name>", "name of the workload")
      .option("--service-account <name>", "its service account (default: default)")
      .option("--network <network>", "the network that it is in")
      .option("--cluster <id>", "the cluster that it belongs to")
      .option("--ip <ip>", "its address, as the mesh reaches it (default: this machine's first)")
      .option("--labels <k=v,...>", "its labels")
      .option("--inbound-ports <ports>", "ports that the mesh may call: 8888,9999, or * for all that services name")
      .option(
        "--cluster-env <file>",
        "a cluster.env: its ISTIO_INBOUND_PORTS counts where --inbound-ports is not given",
      )
      .option(
        "--control-plane <host:port>",
        "where the control plane is reached; on a machine its gateway's address and 15443",
      )
      .option("--plaintext", "without TLS: identity is only a claim, and there are no secrets")
      .option("--certs <dir>", "directory of root-cert.pem, cert-chain.pem and key.pem (default: /etc/certs)")
      .option("--admin-port <port>", "port of Envoy's admin on 127.0.0.1", "15000")
      .option("--stats-port <port>", "port of Envoy's Prometheus metrics")
      .addOption(new Option("--mode <mode>", "how the applications' traffic reaches it").choices(["bind", "capture"]))
      .addOption(
        new Option("--dialect <dialect>", "how Envoy asks: incremental xDS or state of the world")
          .choices(["delta", "sotw"])
          .default("delta"),
      )
      .option("-o, --output <file>", "write to a file instead of stdout")
      .action(async ({ output, clusterEnv, ...flags }: Flags) => {
        const agent = await import("@portolan/agent");
        const machine = {
          platform: process.platform,
          lowestPort: agent.probeLowestPort(),
          address: agent.machineAddress(),
        };
        const env = clusterEnv === undefined ? {} : { clusterEnv: await readClusterEnv(clusterEnv) };
        const secretFiles = output === undefined ? {} : { secretFiles: agent.secretFilesBeside(output) };
        const namespace = invocation.namespace ?? "default";
        const options = agent.parseBootstrap({ ...flags, ...env, ...secretFiles, role, namespace }, machine);
        if (output === undefined) return invocation.terminal.out(agent.formatBootstrap(agent.createBootstrap(options)));
        for (const file of await agent.writeBootstrap(output, options)) invocation.terminal.talk(`wrote ${file}\n`);
      });
  }
}

async function readClusterEnv(file: string) {
  const text = await readFile(file, "utf8").catch((error: Error) => {
    throw new SdkError("usage", `${file} cannot be read: ${error.message}`);
  });
  const { parseClusterEnv } = await import("@portolan/agent");
  const env = parseClusterEnv(text);
  if (!env.ok) throw new SdkError("bad-data", `${file}: ${env.error}`);
  return env.value;
}
