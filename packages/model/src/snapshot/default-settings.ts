import { parseCidr } from "../cidr.ts";
import { parseHostname, parseNamespace } from "../names.ts";
import type { Result } from "../result.ts";
import { DEFAULT_TRUST_DOMAIN } from "../spiffe.ts";
import type { MeshSettings } from "./mesh-snapshot.ts";

/** What holds where no MeshConfig says otherwise. */
export function defaultMeshSettings(): MeshSettings {
  return {
    trustDomain: DEFAULT_TRUST_DOMAIN,
    rootNamespace: known(parseNamespace("istio-system")),
    mode: "bind",
    ownedSuffixes: [known(parseHostname("global"))],
    serviceCidrs: [],
    bindPool: known(parseCidr("127.255.0.0/16")),
    capturePool: known(parseCidr("240.240.0.0/16")),
  };
}

function known<Value>(parsed: Result<Value>): Value {
  if (!parsed.ok) throw new TypeError(parsed.error);
  return parsed.value;
}
