import type { ResourceName } from "../resource/resource-name.ts";

/** A message of which nothing but its bytes was made: there is nothing to refuse it for. */
export interface EncodedMessage {
  readonly kind: "encoded";
  readonly name: ResourceName;
  /** The `Any` around the deterministic bytes. */
  readonly body: Uint8Array;
  /** Nothing unless said. */
  readonly references?: readonly ResourceName[];
  readonly claims?: readonly string[];
}
