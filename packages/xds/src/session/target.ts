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
  const sent = state.sent.get(name);
  const { accepted } = rejected;
  // What it dropped meanwhile, or says that it has, can only be told again where its bytes are known still.
  if (accepted?.bytes === undefined) return sent;
  return sent === undefined || sent.version === accepted.version ? accepted : sent;
}
