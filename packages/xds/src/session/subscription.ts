import { demand, forget, type TypeState } from "./type-state.ts";

/** `*` stands for all that the view holds, in types that have it. */
export function isWildcard(state: TypeState, name: string): boolean {
  return name === "*" && state.type.wildcard !== "none";
}

/** A name that is new to the subscription is always answered (xds_protocol, "How the client specifies what resources to return"). */
export function subscribe(state: TypeState, name: string): void {
  state.names.add(name);
  demand(state, name);
}

export function startWildcard(state: TypeState): void {
  if (state.wildcard) return;
  state.wildcard = true;
  state.rebase = true;
  state.announce = true;
}

/** What was subscribed to by name stays. */
export function endWildcard(state: TypeState): void {
  if (!state.wildcard) return;
  state.wildcard = false;
  for (const name of [...state.sent.names(), ...state.due]) if (!state.names.has(name)) forget(state, name);
}
