import { parseNodeId, printable } from "@portolan/model";

/** `NAME.NAMESPACE` of a node id. */
export function nameOfNode(nodeId: string): string {
  const node = parseNodeId(nodeId);
  return node.ok ? `${node.value.name}.${node.value.namespace}` : printable(nodeId, 300);
}
