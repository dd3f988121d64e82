import type { JsonObject } from "@portolan/envoy";
import { DEFAULT_TRUST_DOMAIN, type PortNumber, type ProxyView } from "@portolan/model";
import { parseProxyView } from "@portolan/xds";

/** A node as its bootstrap describes it. */
export interface NodeText {
  readonly id: string;
  readonly metadata?: JsonObject;
}

export function proxyOf({ id, metadata = {} }: NodeText): ProxyView {
  const view = parseProxyView({ id, metadata, cluster: "", locality: "" }, undefined, {
    mode: "bind",
    trustDomain: DEFAULT_TRUST_DOMAIN,
    lowestPort: 1024 as PortNumber,
  });
  if (!view.ok) throw new Error(view.error);
  return view.value;
}
