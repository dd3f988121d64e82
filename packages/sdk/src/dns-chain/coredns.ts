import { stringify } from "yaml";
import { type Chained, plainAddress } from "./chained.ts";

/** Server blocks for a Corefile: a stub domain for each suffix. `svc.cluster.local` is the cluster's own there. */
export function formatCorefile({ server, suffixes }: Chained): string {
  return stubDomains(suffixes)
    .map((suffix) => `${suffix}:53 {\n    errors\n    cache 30\n    forward . ${plainAddress(server)}\n}\n`)
    .join("");
}

/** What kubeadm installs; the plugins that need a cluster stand in the block of the root alone. */
const CLUSTER = `.:53 {
    errors
    health {
       lameduck 5s
    }
    ready
    kubernetes cluster.local in-addr.arpa ip6.arpa {
       pods insecure
       fallthrough in-addr.arpa ip6.arpa
       ttl 30
    }
    prometheus :9153
    forward . /etc/resolv.conf {
       max_concurrent 1000
    }
    cache 30
    loop
    reload
    loadbalance
}
`;

/** The ConfigMap `coredns` of a cluster whose own one was not changed, with the stub domains. */
export function formatCorednsConfigMap(chained: Chained): string {
  return stringify({
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "coredns", namespace: "kube-system" },
    data: { Corefile: `${CLUSTER}${formatCorefile(chained)}` },
  });
}

function stubDomains(suffixes: readonly string[]): readonly string[] {
  return suffixes.filter((suffix) => suffix !== "svc.cluster.local");
}
