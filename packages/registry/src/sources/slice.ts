/** Longest time for which documents are decoded without letting others run. */
export const SLICE_MS = 5;
