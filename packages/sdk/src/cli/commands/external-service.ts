import type { Command } from "commander";
import { SdkError } from "../../error.ts";
import { entryName, externalServiceManifests, parseExternalPort } from "../external-service.ts";
import { type Invocation, requireNamespace } from "../invocation.ts";

/** `add-to-mesh external-service` and `remove-from-mesh`, with the words that istioctl 1.6 prints. */
export function addExternalServiceCommands(program: Command, invocation: Invocation): void {
  const add = program.command("add-to-mesh").description("add something outside the mesh to it");
  add
    .command("external-service")
    .description("add an application on a machine outside the mesh: makes a Service and a ServiceEntry")
    .argument("<name>", "name of the service")
    .argument("<ip>", "addresses of the machines, separated by commas")
    .argument("<ports...>", "[NAME:]PORT ...")
    .option("-s, --serviceaccount <name>", "the only account that its Envoy may have (default: any of the namespace)")
    .action(async (name: string, ip: string, ports: string[], options: { serviceaccount?: string }) => {
      const namespace = requireNamespace(invocation.namespace, "default");
      const manifests = externalServiceManifests({
        name,
        namespace,
        addresses: ip.split(","),
        ports: ports.map(parseExternalPort),
        serviceAccount: options.serviceaccount,
      });
      await invocation.client().post("/api/v1/apply", manifests);
      invocation.terminal.out(
        `ServiceEntry "${entryName(name)}.${namespace}" has been created in the mesh for the external service "${name}"\n` +
          `Kubernetes Service "${name}.${namespace}" has been created in the mesh for the external service "${name}"\n`,
      );
    });
  program
    .command("remove-from-mesh")
    .description("remove what add-to-mesh made")
    .argument("[words...]", "[external-service] NAME")
    .action(async (words: string[]) => {
      const names = words[0] === "external-service" && words.length > 1 ? words.slice(1) : words;
      const name = names[0];
      if (name === undefined || names.length !== 1)
        throw new SdkError("usage", "remove-from-mesh needs one name: remove-from-mesh [-n NAMESPACE] NAME");
      const namespace = requireNamespace(invocation.namespace, "default");
      await invocation.client().post(
        "/api/v1/remove",
        JSON.stringify({
          objects: [
            { kind: "Service", namespace, name },
            { kind: "ServiceEntry", namespace, name: entryName(name) },
          ],
        }),
        "application/json",
      );
      invocation.terminal.out(
        `Kubernetes Service "${name}.${namespace}" has been deleted for external service "${name}"\n` +
          `Service Entry "${entryName(name)}" has been deleted for external service "${name}"\n`,
      );
    });
}
