import { TYPE_URL } from "@portolan/envoy";
import { type Brand, fail, ok, printable, type Result } from "@portolan/model";

/** A resource type's name on the wire: `type.googleapis.com/envoy.config.cluster.v3.Cluster`. */
export type TypeUrl = Brand<string, "TypeUrl">;

/** Exactly one `/`, a dotted message name behind it, at most 255 characters (google.protobuf.Any). */
export function parseTypeUrl(text: string): Result<TypeUrl> {
  if (text.length <= 255 && /^[A-Za-z0-9.-]+\/[A-Za-z_][A-Za-z0-9_.]*$/.test(text)) return ok(text as TypeUrl);
  return fail(`"${printable(text)}" is not a type URL: use type.googleapis.com/MESSAGE`);
}

export const SECRET = TYPE_URL.secret as string as TypeUrl;
export const CLUSTER = TYPE_URL.cluster as string as TypeUrl;
export const CLUSTER_LOAD_ASSIGNMENT = TYPE_URL.clusterLoadAssignment as string as TypeUrl;
export const EXTENSION_CONFIG = TYPE_URL.extensionConfig as string as TypeUrl;
export const LISTENER = TYPE_URL.listener as string as TypeUrl;
export const SCOPED_ROUTE_CONFIGURATION = TYPE_URL.scopedRouteConfiguration as string as TypeUrl;
export const ROUTE_CONFIGURATION = TYPE_URL.routeConfiguration as string as TypeUrl;
export const VIRTUAL_HOST = TYPE_URL.virtualHost as string as TypeUrl;
export const RUNTIME = TYPE_URL.runtime as string as TypeUrl;
