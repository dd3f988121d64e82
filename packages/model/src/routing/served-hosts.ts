import { covers } from "../host-pattern.ts";
import type { Hostname } from "../names.ts";
import type { GatewayObject } from "../object/gateway.ts";
import { selects } from "../object/labels.ts";
import type { Labels } from "../object/meta.ts";
import type { MeshSettings, MeshSnapshot } from "../snapshot/mesh-snapshot.ts";
import type { Service } from "../snapshot/service.ts";
import { sortedUnique } from "../sorted.ts";
import { SERVICE_SUFFIX, SNI_GATEWAY_PORT } from "../well-known.ts";

/** A name, or a wildcard, that SNI gateways pass through, for services of one namespace or of all. */
export interface ServedHost {
  readonly namespace: string | "*";
  readonly host: Hostname | "*";
}

/** The hosts of the AUTO_PASSTHROUGH servers on port 15443; with a gateway's labels only of the Gateways that select it. */
export function servedHosts(gateways: Iterable<GatewayObject>, proxyLabels?: Labels): readonly ServedHost[] {
  const served: ServedHost[] = [];
  for (const gateway of gateways) {
    if (proxyLabels !== undefined && !selects(gateway.selector, proxyLabels)) continue;
    for (const { mode, port, hosts } of gateway.servers) {
      if (mode !== "AUTO_PASSTHROUGH" || port.number !== SNI_GATEWAY_PORT) continue;
      for (const { namespace, host } of hosts) {
        if (namespace !== "~") served.push({ namespace: namespace === "." ? gateway.meta.namespace : namespace, host });
      }
    }
  }
  return served;
}

/** The suffixes in which every name may be open: those that the mesh owns, and that of Services. */
export function openSuffixes(settings: MeshSettings): readonly Hostname[] {
  return sortedUnique([...settings.ownedSuffixes, SERVICE_SUFFIX]);
}

/** Whether some server's hosts let this service through. */
export function isServed(served: readonly ServedHost[], service: Pick<Service, "hostname" | "namespace">): boolean {
  return served.some(
    ({ namespace, host }) => (namespace === "*" || namespace === service.namespace) && covers(host, service.hostname),
  );
}

/**
 * The `server_names` of the gateway's passthrough chain: an SNI is `outbound_.PORT_.SUBSET_.HOST`, so a host is matched by
 * `*.HOST`. What no open suffix holds is left out. Empty where no Gateway serves anything (to this gateway).
 */
export function servedServerNames(
  snapshot: Pick<MeshSnapshot, "gateways" | "settings">,
  proxyLabels?: Labels,
): readonly string[] {
  const suffixes = openSuffixes(snapshot.settings);
  return sortedUnique(
    servedHosts(snapshot.gateways.values(), proxyLabels).flatMap(({ host }) =>
      suffixes.flatMap((suffix) => {
        const wildcard = `*.${suffix}` as Hostname;
        if (covers(host, wildcard)) return [wildcard];
        if (host === "*" || !covers(wildcard, host)) return [];
        return [host.startsWith("*") ? host : `*.${host}`];
      }),
    ),
  );
}
