import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type { Registry } from "../registry.ts";

const channels = ["published", "problem", "recovered"].map((event) => `portolan:registry:${event}`);

/** Resolves as soon as the condition holds: it is looked at whenever the registry says that something changed. */
export function until(registry: Registry, condition: () => boolean): Promise<void> {
  if (condition()) return Promise.resolve();
  return new Promise((resolve, reject) => {
    const look = () => {
      try {
        if (condition()) finish(resolve);
      } catch (error) {
        finish(() => reject(error));
      }
    };
    const finish = (settle: () => void) => {
      for (const name of channels) unsubscribe(name, look);
      ended();
      settle();
    };
    const ended = registry.onPublish(look);
    for (const name of channels) subscribe(name, look);
  });
}
