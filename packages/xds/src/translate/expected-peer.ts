import type { MeshSettings, Service, SpiffeId } from "@portolan/model";
import { parseOwnedHost } from "@portolan/model";
import type { ExpectedPeer } from "./tls.ts";

/**
 * Whom a client of a service accepts. A ServiceEntry's own list comes first, then the identities of the endpoints; where
 * none is known, any account of the namespace that the host names, else of the service's.
 */
export function expectedPeer(
  service: Service,
  identities: readonly SpiffeId[],
  settings: Pick<MeshSettings, "trustDomain" | "ownedSuffixes">,
): ExpectedPeer {
  if (service.subjectAltNames.length > 0) return { kind: "exact", names: service.subjectAltNames };
  if (identities.length > 0) return { kind: "exact", names: identities };
  const namespace = parseOwnedHost(settings.ownedSuffixes, service.hostname)?.namespace ?? service.namespace;
  return { kind: "prefix", uri: `spiffe://${settings.trustDomain}/ns/${namespace}/sa/` };
}
