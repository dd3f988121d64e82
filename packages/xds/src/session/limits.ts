import type { TypeUrl } from "../resource/type-url.ts";
import type { SessionRequest } from "./protocol.ts";
import type { SharedLists } from "./shared-lists.ts";
import type { TypeState } from "./type-state.ts";

/** What one stream may ask for. */
export interface SessionLimits {
  /** Names in one request, and in a subscription; 100,000. */
  readonly maxNames: number;
  /** Characters in a name; 4,096. */
  readonly maxNameLength: number;
  /** Types on one stream; 64. */
  readonly maxTypes: number;
  /** Bytes of resources in one response, where it can be split: just below the 4 MiB that gRPC peers take by default. */
  readonly maxResponseBytes: number;
}

export const DEFAULT_SESSION_LIMITS: SessionLimits = {
  maxNames: 100_000,
  maxNameLength: 4_096,
  maxTypes: 64,
  maxResponseBytes: 4_000_000,
};

/** Gives what is wrong with a request that goes too far. */
export function exceeded(
  limits: SessionLimits,
  states: ReadonlyMap<TypeUrl, TypeState>,
  request: SessionRequest,
  lists: SharedLists,
): string | undefined {
  const state = states.get(request.typeUrl);
  if (state === undefined && states.size >= limits.maxTypes) return `more than ${limits.maxTypes} types on one stream`;
  if (request.kind === "sotw") {
    return request.names === state?.listed ? undefined : excess(limits, request.names, lists);
  }
  const { subscribe, unsubscribe, initialVersions } = request;
  // Most requests are acknowledgements, and name nothing.
  if (subscribe.length + unsubscribe.length + initialVersions.size === 0) return undefined;
  const found =
    excess(limits, subscribe, lists) ??
    excess(limits, unsubscribe, lists) ??
    excess(limits, initialVersions.size === 0 ? [] : [...initialVersions.keys()], lists);
  if (found !== undefined) return found;
  if (state !== undefined && state.names.size > 0) {
    let added = 0;
    for (const name of lists.of(subscribe).set) if (!state.names.has(name)) added++;
    if (state.names.size + added > limits.maxNames) return `more than ${limits.maxNames} names in one subscription`;
  }
  return undefined;
}

function excess(limits: SessionLimits, names: readonly string[], lists: SharedLists): string | undefined {
  if (names.length > limits.maxNames) return `more than ${limits.maxNames} names in one request`;
  if (lists.of(names).longest > limits.maxNameLength) return `a name of more than ${limits.maxNameLength} characters`;
  return undefined;
}
