import type { BenchNode } from "./discovery-wire.ts";

/** A stream's node: a sidecar with an address of its own, in Istio's words, unless an id is given. */
export function benchNode(stream: number, namespace: string, id?: string): BenchNode {
  const ip = `10.${200 + (stream >> 16)}.${(stream >> 8) & 255}.${stream & 255}`;
  const name = `bench-${stream}`;
  return {
    id:
      id === undefined
        ? `sidecar~${ip}~${name}.${namespace}~${namespace}.svc.cluster.local`
        : id.replaceAll("{n}", String(stream)).replaceAll("{ip}", ip),
    metadata: { NAMESPACE: namespace, WORKLOAD_NAME: name },
  };
}
