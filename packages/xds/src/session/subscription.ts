import type { ListedNames } from "./shared-lists.ts";
import { demand, forget, type TypeState } from "./type-state.ts";

/** `*` stands for all that the view holds, in types that have it. */
export function isWildcard(state: TypeState, name: string): boolean {
  return name === "*" && state.type.wildcard !== "none";
}

/** The names of a list that are no wildcard. */
export function plainNames(state: TypeState, listed: ListedNames): ListedNames {
  return state.type.wildcard === "none" ? listed : listed.withoutWildcard;
}

/** A name that is new to the subscription is always answered (xds_protocol, "How the client specifies what resources to return"). */
export function subscribe(state: TypeState, { set, table }: ListedNames): void {
  if (state.names.size === 0) {
    state.names = table;
  } else {
    const added = new Map<string, true>();
    for (const name of set) if (!state.names.has(name)) added.set(name, true);
    state.names = state.names.with(added);
  }
  demand(state, set);
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
  forget(
    state,
    [...state.sent.names(), ...state.due].filter((name) => !state.names.has(name)),
  );
}
