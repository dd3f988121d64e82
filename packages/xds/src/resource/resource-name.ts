import { RESOURCE_TYPES } from "./resource-type.ts";
import type { TypeUrl } from "./type-url.ts";

/** What names a resource within a snapshot. */
export interface ResourceName {
  readonly typeUrl: TypeUrl;
  readonly name: string;
}

/** No type URL is one of these: each holds a `/`. They are short, since tens of thousands of keys begin with them. */
const shortNames = new Map<string, string>(RESOURCE_TYPES.map(({ typeUrl, shortName }) => [typeUrl, shortName]));
const typeUrls = new Map<string, TypeUrl>(RESOURCE_TYPES.map(({ typeUrl, shortName }) => [shortName, typeUrl]));

/** One string for both, to be a key: `CDS outbound|80||a.example`. */
export function resourceKey({ typeUrl, name }: ResourceName): string {
  // Joined, which gives a flat text: V8 makes a tree of a template's parts, and keeps it.
  return [shortNames.get(typeUrl) ?? typeUrl, name].join(" ");
}

/** The other way round: no type URL holds a space. */
export function parseResourceKey(key: string): ResourceName {
  const at = key.indexOf(" ");
  const type = key.slice(0, at);
  return { typeUrl: typeUrls.get(type) ?? (type as TypeUrl), name: key.slice(at + 1) };
}
