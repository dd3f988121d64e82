import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import type { NodeText } from "../goldens/proxy.ts";

interface Demo {
  readonly variables: Readonly<Record<string, { readonly loopback: string }>>;
  readonly proxies: readonly {
    readonly name: string;
    readonly role: string;
    readonly namespace: string;
    readonly serviceAccount: string;
    readonly network: string;
    readonly address: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly inboundPorts?: string;
  }[];
}

/** An example's mesh as one text, and its demo, with the variables as they are without root. */
export function readExample(folder: string): { readonly text: string; readonly demo: Demo } {
  const raw = readFileSync(join(folder, "demo.yaml"), "utf8");
  const { variables } = parse(raw) as Demo;
  const expand = (text: string) =>
    Object.entries(variables).reduce((done, [name, { loopback }]) => done.replaceAll(`\${${name}}`, loopback), text);
  const files = readdirSync(join(folder, "mesh")).sort();
  const texts = files.map((name) => expand(readFileSync(join(folder, "mesh", name), "utf8")));
  return { text: texts.join("\n---\n"), demo: parse(expand(raw)) as Demo };
}

export function exampleProxies({ proxies }: Demo): readonly NodeText[] {
  return proxies.map(({ name, role, namespace, serviceAccount, network, address, labels, inboundPorts = "" }) => ({
    id: `${role === "gateway" ? "router" : "sidecar"}~${address}~${name}.${namespace}~${namespace}.svc.cluster.local`,
    metadata: {
      NAMESPACE: namespace,
      SERVICE_ACCOUNT: serviceAccount,
      NETWORK: network,
      LABELS: { ...labels },
      INBOUND_PORTS: inboundPorts,
    },
  }));
}
