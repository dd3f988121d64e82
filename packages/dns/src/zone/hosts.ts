import type { ServiceId } from "@portolan/model";
import { type AddressView, type NamedMesh, recordsOf } from "./mesh-records.ts";

/**
 * The given services as the text of an `/etc/hosts`, for machines that ask no DNS: a line an address and host, sorted by host.
 * Wildcard hosts and aliases are left out: such a file has no form for them.
 */
export function formatHosts(
  mesh: NamedMesh,
  services: Iterable<ServiceId>,
  view: AddressView = mesh.settings.mode,
): string {
  const lines = new Map<string, string>();
  for (const id of services) {
    const service = mesh.services.get(id);
    if (service === undefined || service.hostname.startsWith("*")) continue;
    for (const record of recordsOf(mesh, service, view)) {
      if ("address" in record) lines.set(`${record.name} ${record.address}`, `${record.address} ${record.name}\n`);
    }
  }
  const sorted = [...lines].sort(([a], [b]) => (a < b ? -1 : 1));
  return sorted.map(([, line]) => line).join("");
}
