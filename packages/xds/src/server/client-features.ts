import type { Dialect } from "../session/protocol.ts";
import type { SessionOptions } from "../session/session.ts";
import type { XdsNode } from "./node.ts";

/**
 * Of which types a client is told TTLs (Envoy, "Well Known Client Features"). In SotW they can only be said in a `Resource`
 * around the resource, which is a feature of its own.
 */
export function takenTtl(
  { clientFeatures }: Pick<XdsNode, "clientFeatures">,
  dialect: Dialect,
  wanted: "announced" | "always",
): NonNullable<SessionOptions["ttl"]> {
  const knows = clientFeatures.includes("xds.config.supports-resource-ttl");
  if (knows && (dialect === "delta" || clientFeatures.includes("xds.config.resource-in-sotw"))) return "all";
  if (wanted === "announced") return "none";
  // Measured: Envoy 1.40 crashes where a TTL of endpoints or routes runs out in SotW.
  return dialect === "delta" ? "all" : "full-state";
}
