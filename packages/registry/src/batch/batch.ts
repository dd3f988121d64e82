/**
 * When waiting changes leave: the first at once, those behind it together, after a short window without any or at the latest
 * after a maximum. The changes themselves are the caller's.
 */
export interface BatchState {
  readonly windowMs: number;
  readonly maxMs: number;
  /** Before this moment nothing leaves: the window after the last batch, or after the last change that waits. */
  readonly quietAtMs: number;
  /** When what waits leaves at the latest; undefined: nothing waits. */
  readonly limitAtMs: number | undefined;
}

/**
 * `arrived`: one more change waits. `tick`: the moment that `wakeAtMs` named has come. `done`: what left has been dealt with; the window begins
 * here, so that work which takes as long as the window is not done for each change alone.
 */
export type BatchEvent = "arrived" | "tick" | "done";

export interface BatchStep {
  readonly state: BatchState;
  /** Everything that waits leaves now, as one batch. */
  readonly due: boolean;
  /** When to `tick`; undefined: not needed. */
  readonly wakeAtMs: number | undefined;
}

export function createBatch(windowMs = 10, maxMs = 100): BatchState {
  return { windowMs, maxMs, quietAtMs: Number.NEGATIVE_INFINITY, limitAtMs: undefined };
}

/** `nowMs` is monotonic. */
export function batch(state: BatchState, event: BatchEvent, nowMs: number): BatchStep {
  if (event === "arrived") {
    if (state.limitAtMs === undefined && nowMs >= state.quietAtMs) return leave(state, nowMs);
    const limitAtMs = state.limitAtMs ?? nowMs + state.maxMs;
    const quietAtMs = Math.min(nowMs + state.windowMs, limitAtMs);
    return { state: { ...state, quietAtMs, limitAtMs }, due: false, wakeAtMs: quietAtMs };
  }
  if (event === "done") {
    const quietAtMs = state.limitAtMs === undefined ? nowMs + state.windowMs : state.quietAtMs;
    return {
      state: { ...state, quietAtMs },
      due: false,
      wakeAtMs: state.limitAtMs === undefined ? undefined : quietAtMs,
    };
  }
  if (state.limitAtMs === undefined) return { state, due: false, wakeAtMs: undefined };
  if (nowMs < state.quietAtMs) return { state, due: false, wakeAtMs: state.quietAtMs };
  return leave(state, nowMs);
}

function leave(state: BatchState, nowMs: number): BatchStep {
  const next = { ...state, quietAtMs: nowMs + state.windowMs, limitAtMs: undefined };
  return { state: next, due: true, wakeAtMs: undefined };
}
