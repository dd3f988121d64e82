import { fromBinary, type JsonObject, type JsonValue, NodeSchema } from "@portolan/envoy";
import { fail, ok, type Result } from "@portolan/model";
import type { XdsLimits } from "./limits.ts";

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

export function decodeNode(
  bytes: Uint8Array,
  { maxMetadataDepth }: Pick<XdsLimits, "maxMetadataDepth">,
): Result<XdsNode> {
  let node: ReturnType<typeof fromBinary<typeof NodeSchema>>;
  try {
    node = fromBinary(NodeSchema, bytes);
  } catch {
    return fail("the node cannot be decoded");
  }
  if (node.id === "") return fail("the node has no id");
  if (node.id.length > MAX_ID_LENGTH) return fail(`the node's id has more than ${MAX_ID_LENGTH} characters`);
  const metadata = node.metadata ?? {};
  if (!isShallow(metadata, maxMetadataDepth)) {
    return fail(`the node's metadata is nested more than ${maxMetadataDepth} deep`);
  }
  const { region = "", zone = "", subZone = "" } = node.locality ?? {};
  const version =
    node.userAgentVersionType.case === "userAgentVersion"
      ? node.userAgentVersionType.value
      : formatVersion(node.userAgentVersionType.value?.version);
  return ok({
    id: node.id,
    cluster: node.cluster,
    metadata,
    locality: [region, zone, subZone].join("/").replace(/\/+$/, ""),
    userAgent: [node.userAgentName, version].filter((part) => part !== "").join(" "),
    clientFeatures: node.clientFeatures,
  });
}

function formatVersion(version: { majorNumber: number; minorNumber: number; patch: number } | undefined): string {
  return version === undefined ? "" : `${version.majorNumber}.${version.minorNumber}.${version.patch}`;
}

function isShallow(value: JsonValue, depth: number): boolean {
  if (typeof value !== "object" || value === null) return true;
  if (depth === 0) return false;
  return Object.values(value).every((inner) => isShallow(inner, depth - 1));
}
