import type { MeshSnapshot, ObjectKey } from "@portolan/model";
import type { Registry, RegistryOptions } from "../registry.ts";
import { createRegistry } from "../server/registry.ts";

export async function running(options: RegistryOptions): Promise<Registry> {
  const registry = createRegistry(options);
  await registry.start();
  return registry;
}

export const entryKey = (name: string) => `ServiceEntry/shop/${name}` as ObjectKey;

/** Names of the ServiceEntries, sorted. */
export function entryNames(snapshot: MeshSnapshot): readonly string[] {
  return [...snapshot.objects.values()].flatMap((one) => (one.kind === "ServiceEntry" ? [one.meta.name] : [])).sort();
}

export function endpointOf(snapshot: MeshSnapshot, name: string): string | undefined {
  const object = snapshot.objects.get(entryKey(name));
  return object?.kind === "ServiceEntry" ? object.endpoints[0]?.address : undefined;
}
