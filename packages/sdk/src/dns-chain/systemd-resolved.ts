import { type Chained, plainAddress } from "./chained.ts";

/**
 * A drop-in for systemd-resolved: `~` makes a suffix a route and no search domain (resolved.conf(5)). A port behind the address needs
 * systemd 246. Names of the mesh are signed by nobody: where DNSSEC is on, they need a negative trust anchor (dnssec-trust-anchors.d(5)).
 */
export function formatSystemdResolved({ server, suffixes }: Chained): string {
  return [
    "# /etc/systemd/resolved.conf.d/portolan.conf; then: systemctl restart systemd-resolved",
    `# Where DNSSEC is on, lay the lines ${suffixes.join(", ")} in /etc/dnssec-trust-anchors.d/portolan.negative.`,
    "[Resolve]",
    `DNS=${plainAddress(server)}`,
    `Domains=${suffixes.map((suffix) => `~${suffix}`).join(" ")}`,
    "",
  ].join("\n");
}
