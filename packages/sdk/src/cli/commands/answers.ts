import type { Command } from "commander";
import type { Invocation } from "../invocation.ts";

/** Commands that print what the server works out from the mesh: `hosts`, `cluster-env`, `gateway-address`. */
export function addAnswerCommands(program: Command, invocation: Invocation): void {
  const ask = async (path: string, query: Readonly<Record<string, string | undefined>>) => {
    const given = Object.entries(query).filter((pair): pair is [string, string] => pair[1] !== undefined);
    invocation.terminal.out(await invocation.client().getText(`${path}?${new URLSearchParams(given)}`));
  };
  program
    .command("hosts")
    .description("lines for /etc/hosts: the address of every mesh host that a namespace sees")
    .action(() => ask("/api/v1/hosts", { namespace: invocation.namespace }));
  program
    .command("cluster-env")
    .description("the cluster.env of a machine")
    .option("--inbound-ports <ports>", "ports that the machine serves to the mesh, such as 8888,9999")
    .action((options: { inboundPorts?: string }) => ask("/api/v1/cluster-env", { inboundPorts: options.inboundPorts }));
  program
    .command("gateway-address")
    .description("the address of the gateway through which a machine reaches the mesh")
    .option("--network <network>", "of this network; needed where several have a gateway")
    .action((options: { network?: string }) => ask("/api/v1/gateway-address", { network: options.network }));
}
