import type { TypeUrl } from "../resource/type-url.ts";
import type { DeltaRequest, SessionRequest } from "./protocol.ts";
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
): string | undefined {
  const state = states.get(request.typeUrl);
  if (state === undefined && states.size >= limits.maxTypes) return `more than ${limits.maxTypes} types on one stream`;
  if (request.kind === "delta" && isShort(request)) return undefined;
  const lists =
    request.kind === "sotw"
      ? [request.names]
      : [request.subscribe, request.unsubscribe, [...request.initialVersions.keys()]];
  for (const names of lists) {
    if (names.length > limits.maxNames) return `more than ${limits.maxNames} names in one request`;
    if (names.some((name) => name.length > limits.maxNameLength)) {
      return `a name of more than ${limits.maxNameLength} characters`;
    }
  }
  if (request.kind === "delta" && state !== undefined) {
    const added = new Set(request.subscribe.filter((name) => !state.names.has(name)));
    if (state.names.size + added.size > limits.maxNames)
      return `more than ${limits.maxNames} names in one subscription`;
  }
  return undefined;
}

/** Most requests are acknowledgements, and name nothing. */
function isShort({ subscribe, unsubscribe, initialVersions }: DeltaRequest): boolean {
  return subscribe.length + unsubscribe.length + initialVersions.size === 0;
}
