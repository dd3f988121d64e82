import type { TypeUrl } from "./type-url.ts";

/** What names a resource within a snapshot. */
export interface ResourceName {
  readonly typeUrl: TypeUrl;
  readonly name: string;
}

/** One string for both, to be a key. */
export function resourceKey({ typeUrl, name }: ResourceName): string {
  return `${typeUrl} ${name}`;
}

/** The other way round: no type URL holds a space. */
export function parseResourceKey(key: string): ResourceName {
  const at = key.indexOf(" ");
  return { typeUrl: key.slice(0, at) as TypeUrl, name: key.slice(at + 1) };
}
