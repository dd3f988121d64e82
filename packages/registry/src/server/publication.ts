import type { MeshChange, MeshSnapshot } from "@portolan/model";
import { events } from "./channels.ts";

export type PublishListener = (snapshot: MeshSnapshot, change: MeshChange) => void;

/** Those who follow the snapshots. One that throws does not keep the others from being told. */
export function createPublication() {
  const listeners = new Set<{ readonly listener: PublishListener }>();
  const tell: PublishListener = (snapshot, change) => {
    for (const { listener } of [...listeners]) {
      try {
        listener(snapshot, change);
      } catch (error) {
        events.failed({ what: "listener", error });
      }
    }
  };
  return {
    onPublish(listener: PublishListener): () => void {
      const entry = { listener };
      listeners.add(entry);
      return () => void listeners.delete(entry);
    },
    tell,
    publish(snapshot: MeshSnapshot, change: MeshChange): void {
      tell(snapshot, change);
      const { objects, services, endpoints } = change;
      events.published({
        revision: snapshot.revision,
        objects: objects.size,
        services: services.size,
        endpoints: endpoints.size,
      });
    },
  };
}
