import { createHash } from "node:crypto";
import {
  AnySchema,
  anyUnpack,
  envoyRegistry,
  fromBinary,
  type JsonObject,
  type JsonValue,
  toJson,
} from "@portolan/envoy";
import {
  applyBatch,
  defaultMeshSettings,
  emptySnapshot,
  hostsWithoutVip,
  type MeshChange,
  type MeshObject,
  type MeshSnapshot,
  type ObjectKey,
  type PortNumber,
  type ProxyView,
  placeVips,
  reservedIndexes,
  type SnapshotFeed,
} from "@portolan/model";
import { createSnapshotStore } from "../../snapshot/create-snapshot-store.ts";
import type { ViewId } from "../../snapshot/ids.ts";
import type { SnapshotMessage } from "../../snapshot/message.ts";
import type { SnapshotStore } from "../../snapshot/snapshot-store.ts";
import { createMeshTranslation, type MeshTranslation } from "../mesh-translation.ts";
import { parseProxyView } from "../proxy-view.ts";

/** A mesh that is edited batch by batch; VIPs are placed as the registry places them. */
export interface EditedMesh extends SnapshotFeed {
  edit(upserted: readonly MeshObject[], removed?: readonly ObjectKey[]): MeshChange;
}

export function createMesh(...objects: readonly MeshObject[]): EditedMesh {
  const listeners = new Set<(snapshot: MeshSnapshot, change: MeshChange) => void>();
  let snapshot = emptySnapshot(defaultMeshSettings());
  const mesh: EditedMesh = {
    get snapshot() {
      return snapshot;
    },
    onPublish(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    edit(upserted, removed = []) {
      const revision = snapshot.revision + 1;
      const named = applyBatch(snapshot, { revision, upserted, removed, vips: new Map() }).snapshot;
      const taken = new Set([...named.vips.values(), ...reservedIndexes(named)]);
      const vips = placeVips(hostsWithoutVip(named), taken, named.settings).placed;
      const { snapshot: next, change } = applyBatch(snapshot, { revision, upserted, removed, vips });
      snapshot = next;
      for (const listener of listeners) listener(next, change);
      return change;
    },
  };
  mesh.edit(objects);
  return mesh;
}

export interface FollowedMesh<Feed extends SnapshotFeed = EditedMesh> {
  readonly mesh: Feed;
  readonly store: SnapshotStore;
  readonly translation: MeshTranslation;
  /** What left the store since the last call: `kind name` of what was set, `-kind name` of what was removed. */
  sent(): string[];
}

export function follow<Feed extends SnapshotFeed>(mesh: Feed): FollowedMesh<Feed> {
  const store = createSnapshotStore();
  const translation = createMeshTranslation({
    feed: mesh,
    store,
    hash: (bytes) => createHash("sha256").update(bytes).digest("hex").slice(0, 32),
    controlPlane: { address: "127.0.0.1", port: 15012 },
  });
  let messages: SnapshotMessage[] = [];
  store.subscribe((message) => messages.push(message));
  messages = [];
  return {
    mesh,
    store,
    translation,
    sent() {
      const layers = messages.flatMap((message) => message.layers);
      messages = [];
      return layers.flatMap(({ set, removed }) => [
        ...set.map(({ typeUrl, name }) => `${shortName(typeUrl)} ${name}`),
        ...removed.map(({ typeUrl, name }) => `-${shortName(typeUrl)} ${name}`),
      ]);
    },
  };
}

function shortName(typeUrl: string): string {
  return typeUrl.slice(typeUrl.lastIndexOf(".") + 1);
}

/** A node by its id, with metadata. */
export function proxy(id: string, metadata: JsonObject = {}): ProxyView {
  const defaults = {
    mode: "bind",
    trustDomain: defaultMeshSettings().trustDomain,
    lowestPort: 1024 as PortNumber,
  } as const;
  const parsed = parseProxyView({ id, cluster: "", metadata, locality: "" }, undefined, defaults);
  if (!parsed.ok) throw new Error(parsed.error);
  return parsed.value;
}

export function sidecarOf(namespace: string, address: string, metadata: JsonObject = {}): ProxyView {
  return proxy(`sidecar~${address}~client.${namespace}~${namespace}.svc.cluster.local`, metadata);
}

export function gatewayOf(network: string, address = "192.0.2.1"): ProxyView {
  const metadata = { NETWORK: network, LABELS: { istio: "gateway" } };
  return proxy(`router~${address}~gateway.istio-system~istio-system.svc.cluster.local`, metadata);
}

/** `kind name` -> content, of a view. */
export function contentOf(store: SnapshotStore, view: ViewId): Readonly<Record<string, JsonValue>> {
  const registry = envoyRegistry();
  return Object.fromEntries(
    (store.resources(view) ?? []).map(({ typeUrl, name, body }) => {
      const any = fromBinary(AnySchema, body);
      const message = anyUnpack(any, registry);
      if (message === undefined) throw new Error(`unknown type ${any.typeUrl}`);
      return [`${shortName(typeUrl)} ${name}`, toJson(AnySchema, any, { registry })];
    }),
  );
}

/** The addresses of a load assignment, `address:port`. */
export function addressesIn(assignment: JsonValue | undefined): readonly string[] {
  const groups = ((assignment as JsonObject | undefined)?.endpoints ?? []) as JsonObject[];
  return groups.flatMap((group) =>
    ((group.lbEndpoints ?? []) as JsonObject[]).map((one) => {
      const { address, portValue } = (
        (one.endpoint as JsonObject).address as { socketAddress: { address: string; portValue: number } }
      ).socketAddress;
      return `${address}:${portValue}`;
    }),
  );
}
