import { type EncodedResource, encodeResourceBytes } from "../resource/encoded-resource.ts";
import type { ResourceName } from "../resource/resource-name.ts";
import { RESOURCE_TYPES, type ResourceType } from "../resource/resource-type.ts";

/** `CDS`, `EDS`, ... */
export function typeNamed(shortName: string): ResourceType {
  const type = RESOURCE_TYPES.find((candidate) => candidate.shortName === shortName);
  if (type === undefined) throw new Error(`no type is called "${shortName}"`);
  return type;
}

/** A resource whose content is its name and version. */
export function resourceOf(
  shortName: string,
  name: string,
  version: string,
  references: readonly ResourceName[] = [],
  ttlMs?: number,
): EncodedResource {
  const { typeUrl } = typeNamed(shortName);
  const value = new TextEncoder().encode(`${name}@${version}`);
  const ttl = ttlMs === undefined ? {} : { ttlMs };
  return encodeResourceBytes({ typeUrl, name }, value, () => version, { references, version, ...ttl });
}
