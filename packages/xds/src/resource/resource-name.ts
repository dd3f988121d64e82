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
