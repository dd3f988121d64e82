import { type IpAddress, parseIpAddress } from "./address.ts";
import { type Namespace, parseNamespace, printable } from "./names.ts";
import { fail, ok, type Result } from "./result.ts";

/** Istio's node id: `sidecar~IP~NAME.NAMESPACE~NAMESPACE.svc.cluster.local`. */
export interface NodeId {
  readonly role: "sidecar" | "gateway";
  readonly address: IpAddress;
  readonly name: string;
  readonly namespace: Namespace;
  readonly domain: string;
}

export function formatNodeId(node: NodeId): string {
  const role = node.role === "gateway" ? "router" : "sidecar";
  return `${role}~${node.address}~${node.name}.${node.namespace}~${node.domain}`;
}

export function parseNodeId(text: string): Result<NodeId> {
  const wrong = (what: string) =>
    fail(`node id "${printable(text)}": ${what}; expected sidecar|router~IP~NAME.NAMESPACE~DOMAIN`);
  const parts = text.split("~");
  if (parts.length !== 4) return wrong(`has ${parts.length} parts`);
  const [role = "", ip = "", id = "", domain = ""] = parts;
  if (role !== "sidecar" && role !== "router") return wrong(`unknown role "${printable(role)}"`);
  const address = parseIpAddress(ip);
  if (!address.ok) return wrong(address.error);
  const dot = id.lastIndexOf(".");
  if (dot < 1) return wrong("the third part is not NAME.NAMESPACE");
  const namespace = parseNamespace(id.slice(dot + 1));
  if (!namespace.ok) return wrong(namespace.error);
  return ok({
    role: role === "router" ? "gateway" : "sidecar",
    address: address.value,
    name: id.slice(0, dot),
    namespace: namespace.value,
    domain,
  });
}
