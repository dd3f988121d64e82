import type { JsonObject, JsonValue } from "@portolan/envoy";
import { fail, ok, type Result } from "@portolan/model";
import type { XdsLimits } from "./limits.ts";
import { type ReadNode, readNode } from "./read-node.ts";

/** What a client says about itself. Nothing of it is proved: it may narrow what the client gets, and never widen it. */
export interface XdsNode {
  readonly id: string;
  readonly cluster: string;
  readonly metadata: JsonObject;
  /** `region/zone/subzone`, empty if not said. */
  readonly locality: string;
  readonly userAgent: string;
  readonly clientFeatures: readonly string[];
}

const MAX_ID_LENGTH = 1024;

export function decodeNode(bytes: Buffer, { maxMetadataDepth }: Pick<XdsLimits, "maxMetadataDepth">): Result<XdsNode> {
  let node: ReadNode;
  try {
    node = readNode(bytes);
  } catch {
    return fail("the node cannot be decoded");
  }
  const { id, cluster, metadata, clientFeatures, userAgentName, userAgentVersion } = node;
  if (id === "") return fail("the node has no id");
  if (id.length > MAX_ID_LENGTH) return fail(`the node's id has more than ${MAX_ID_LENGTH} characters`);
  if (!isShallow(metadata, maxMetadataDepth)) {
    return fail(`the node's metadata is nested more than ${maxMetadataDepth} deep`);
  }
  const { region, zone, subZone } = node.locality;
  return ok({
    id,
    cluster,
    metadata,
    locality: [region, zone, subZone].join("/").replace(/\/+$/, ""),
    userAgent: [userAgentName, userAgentVersion].filter((part) => part !== "").join(" "),
    clientFeatures,
  });
}

function isShallow(value: JsonValue, depth: number): boolean {
  if (typeof value !== "object" || value === null) return true;
  if (depth === 0) return false;
  return Object.values(value).every((inner) => isShallow(inner, depth - 1));
}
