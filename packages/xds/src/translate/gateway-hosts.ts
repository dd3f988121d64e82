import type { GatewayServer, Hostname, Namespace } from "@portolan/model";
import { covers } from "@portolan/model";

/** Whether a Gateway's server serves a host that is defined in a namespace. */
export function serverServes(
  server: GatewayServer,
  gatewayNamespace: string,
  hostname: Hostname,
  namespace: Namespace,
): boolean {
  return server.hosts.some((scope) => {
    const scoped = scope.namespace === "." ? gatewayNamespace : scope.namespace;
    return (scoped === "*" || scoped === namespace) && covers(scope.host, hostname);
  });
}
