import type { MeshSnapshot, Service, ServiceEndpoints, ServiceId } from "@portolan/model";
import { layerId } from "../snapshot/ids.ts";
import type { Dirty } from "./dirty.ts";
import type { FollowingLayer } from "./following-layer.ts";
import { createLiveLayer } from "./live-layer.ts";
import { type Memo, type MemoEntry, sameInputs } from "./memo.ts";
import type { Scope } from "./scope.ts";

/**
 * A layer to which each visible service brings its resources, whatever the others do. `inputsOf`: all that they are made from, where that is told
 * more easily than by making them; as long as none of it is another (by reference), they stay. Both are given the service's endpoints.
 */
export function createPerServiceLayer(
  id: string,
  scope: Scope,
  memo: Memo,
  resourcesOf: (mesh: MeshSnapshot, service: Service, served: ServiceEndpoints | undefined) => readonly MemoEntry[],
  inputsOf?: (mesh: MeshSnapshot, service: Service, served: ServiceEndpoints | undefined) => readonly unknown[],
): FollowingLayer {
  const layer = createLiveLayer(layerId(id), memo);
  const madeFrom = new Map<ServiceId, readonly unknown[]>();

  function isAsBefore(mesh: MeshSnapshot, service: Service, served: ServiceEndpoints | undefined): boolean {
    if (inputsOf === undefined) return false;
    const inputs = inputsOf(mesh, service, served);
    if (sameInputs(madeFrom.get(service.id) ?? [], inputs)) return true;
    madeFrom.set(service.id, inputs);
    return false;
  }

  return {
    id: layer.id,
    follow(mesh, dirty) {
      for (const service of lookedAt(mesh, scope, dirty.services, layer.owners())) {
        const defined = mesh.services.get(service);
        const visible = defined !== undefined && scope.holds(mesh, defined);
        if (!visible) {
          madeFrom.delete(service);
          layer.put(service, []);
          continue;
        }
        const served = mesh.endpoints.get(service);
        if (!isAsBefore(mesh, defined, served)) layer.put(service, resourcesOf(mesh, defined, served));
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
