import { formatOrigin, type ObjectKey, splitObjectKey } from "@portolan/model";
import type { Registry } from "@portolan/registry";
import type { SnapshotStore, XdsConnection } from "@portolan/xds";
import type { RejectedObject } from "./xds-part.ts";

/** What a proxy rejected, traced to the objects that it was made from and the places where these stand now. */
export function rejectedObjects(
  { view, types }: XdsConnection,
  store: Pick<SnapshotStore, "resource">,
  registry: Pick<Registry, "originOf">,
): readonly RejectedObject[] {
  return types.flatMap(({ typeUrl, shortName, rejected }) =>
    rejected.map(({ name, message }) => ({
      type: shortName,
      name,
      message,
      objects: (store.resource(view, { typeUrl, name })?.origins ?? []).map((key) => describeObject(key, registry)),
    })),
  );
}

/** `ServiceEntry shop/reviews at mesh.yaml:6:1`. */
export function describeObject(key: ObjectKey, registry: Pick<Registry, "originOf">): string {
  const { kind, namespace, name } = splitObjectKey(key);
  const origin = registry.originOf(key);
  const words = `${kind} ${namespace === "" ? name : `${namespace}/${name}`}`;
  return origin === undefined ? words : `${words} at ${formatOrigin(origin)}`;
}
