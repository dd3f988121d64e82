import { formatOrigin, type ObjectKey, splitObjectKey } from "@portolan/model";
import type { Registry } from "@portolan/registry";
import type { ResourceName, SnapshotStore, XdsConnection } from "@portolan/xds";
import type { RejectedObject } from "./xds-part.ts";

/** What a proxy rejected, traced to the objects that it was made from and the places where these stand now. */
export function rejectedObjects(
  { view, types }: XdsConnection,
  store: Pick<SnapshotStore, "resource">,
  registry: Pick<Registry, "originOf">,
  all: readonly XdsConnection[],
): readonly RejectedObject[] {
  return types.flatMap(({ typeUrl, shortName, rejected }) =>
    rejected.map(({ name, message }) => ({
      type: shortName,
      name,
      message,
      holders: addressInUse.test(message) ? holdersOf({ typeUrl, name }, store, all) : [],
      objects: (store.resource(view, { typeUrl, name })?.origins ?? []).map((key) => describeObject(key, registry)),
    })),
  );
}

/** Envoy's words for a listener that another process of the host holds. */
const addressInUse = /address already in use/i;

/** Node ids of the proxies that were sent the resource and did not reject it. */
function holdersOf(
  resource: ResourceName,
  store: Pick<SnapshotStore, "resource">,
  all: readonly XdsConnection[],
): readonly string[] {
  const holds = ({ view, types }: XdsConnection) =>
    store.resource(view, resource) !== undefined &&
    types.some(
      (type) => type.typeUrl === resource.typeUrl && type.rejected.every(({ name }) => name !== resource.name),
    );
  return [...new Set(all.filter(holds).map(({ nodeId }) => nodeId))];
}

/** `ServiceEntry shop/reviews at mesh.yaml:6:1`. */
export function describeObject(key: ObjectKey, registry: Pick<Registry, "originOf">): string {
  const { kind, namespace, name } = splitObjectKey(key);
  const origin = registry.originOf(key);
  const words = `${kind} ${namespace === "" ? name : `${namespace}/${name}`}`;
  return origin === undefined ? words : `${words} at ${formatOrigin(origin)}`;
}
