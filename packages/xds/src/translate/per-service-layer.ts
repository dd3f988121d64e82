import type { MeshSnapshot, Service, ServiceId } from "@portolan/model";
import { layerId } from "../snapshot/ids.ts";
import type { Dirty } from "./dirty.ts";
import type { FollowingLayer } from "./following-layer.ts";
import { createLiveLayer } from "./live-layer.ts";
import type { Memo, MemoEntry } from "./memo.ts";
import type { Scope } from "./scope.ts";

/** A layer to which each visible service brings its resources, whatever the others do. */
export function createPerServiceLayer(
  id: string,
  scope: Scope,
  memo: Memo,
  resourcesOf: (mesh: MeshSnapshot, service: Service) => readonly MemoEntry[],
): FollowingLayer {
  const layer = createLiveLayer(layerId(id), memo);
  return {
    id: layer.id,
    follow(mesh, dirty) {
      for (const service of lookedAt(mesh, scope, dirty.services, layer.owners())) {
        const defined = mesh.services.get(service);
        const visible = defined !== undefined && scope.holds(mesh, defined);
        layer.put(service, visible ? resourcesOf(mesh, defined) : []);
      }
    },
    takeUpdate: layer.takeUpdate,
    close: layer.close,
  };
}

/** The services to look at: those named, or those visible and those that were. */
export function lookedAt(
  mesh: MeshSnapshot,
  scope: Scope,
  dirty: Dirty["services"],
  known: Iterable<string>,
): Iterable<ServiceId> {
  if (dirty !== "all") return dirty;
  return new Set([...(known as Iterable<ServiceId>), ...scope.services(mesh)]);
}
