import type { TypeState } from "./type-state.ts";
import { type Lookup, UNKNOWN, type ViewReader } from "./view-reader.ts";

/**
 * What the client should have under a name: what the view holds, but in the place of a version that this client
 * rejected the last one that it accepted, or nothing.
 */
export function targetOf(reader: ViewReader, state: TypeState, name: string): Lookup {
  const current = reader.lookup({ typeUrl: state.type.typeUrl, name });
  const rejected = state.rejected.get(name);
  if (rejected === undefined || current === undefined || current === UNKNOWN) return current;
  if (rejected.version !== current.version) return current;
  // What it dropped meanwhile can only be told again where its bytes are known still.
  return state.sent.get(name) ?? (rejected.accepted?.bytes && rejected.accepted);
}
