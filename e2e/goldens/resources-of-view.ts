import { createHash } from "node:crypto";
import {
  AnySchema,
  anyUnpack,
  type Cluster,
  type ClusterLoadAssignment,
  ClusterLoadAssignmentSchema,
  ClusterSchema,
  envoyRegistry,
  fromBinary,
  isMessage,
  type Listener,
  ListenerSchema,
  type RouteConfiguration,
  RouteConfigurationSchema,
  type Secret,
} from "@portolan/envoy";
import type { ProxyView, SnapshotFeed } from "@portolan/model";
import {
  createMeshTranslation,
  createSnapshotStore,
  type MeshTranslation,
  type SnapshotStore,
  type ViewId,
} from "@portolan/xds";

export interface Translation {
  readonly store: SnapshotStore;
  readonly translation: MeshTranslation;
}

export function translate(feed: SnapshotFeed): Translation {
  const store = createSnapshotStore();
  const translation = createMeshTranslation({
    feed,
    store,
    hash: (bytes) => createHash("sha256").update(bytes).digest("hex").slice(0, 32),
    controlPlane: { address: "127.0.0.1", port: 15012 },
  });
  return { store, translation };
}

export interface ViewResources {
  readonly clusters: readonly Cluster[];
  readonly endpoints: readonly ClusterLoadAssignment[];
  readonly listeners: readonly Listener[];
  readonly routes: readonly RouteConfiguration[];
  readonly secrets: readonly Secret[];
}

/** What a proxy gets, decoded from the bytes that go out. */
export function resourcesOf({ store, translation }: Translation, proxy: ProxyView): ViewResources {
  return resourcesOfView(store, translation.viewFor(proxy));
}

export function resourcesOfView(store: SnapshotStore, view: ViewId): ViewResources {
  const messages = (store.resources(view) ?? []).map(({ body }) => {
    const message = anyUnpack(fromBinary(AnySchema, body), envoyRegistry());
    if (message === undefined) throw new Error("a resource of an unknown type");
    return message;
  });
  return {
    clusters: messages.filter((message) => isMessage(message, ClusterSchema)),
    endpoints: messages.filter((message) => isMessage(message, ClusterLoadAssignmentSchema)),
    listeners: messages.filter((message) => isMessage(message, ListenerSchema)),
    routes: messages.filter((message) => isMessage(message, RouteConfigurationSchema)),
    secrets: [],
  };
}
