import { setFlagsFromString } from "node:v8";

/**
 * Keeps the part of the heap where objects begin as small as V8 starts with it, 1 MB a half. It would grow to three times
 * 16 MB as soon as much is loaded, or a thousand streams are told something, and never shrink while anything goes on. What
 * that costs and saves is measured in docs/decisions. To be called before much is loaded.
 */
export function keepYoungGenerationSmall(): void {
  // Not `--max-semi-space-size`: that is read when the process starts, this each time that V8 thinks of growing.
  setFlagsFromString("--semi-space-growth-factor=1");
}
