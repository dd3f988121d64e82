import { setFlagsFromString } from "node:v8";

/** Keeps V8 small, at no cost that could be measured (docs/decisions). To be called before much is loaded. */
export function setUpEngine(): void {
  // The part of the heap where objects begin stays as V8 starts with it. It would grow to three times 16 MB as soon as
  // much is loaded, or a thousand streams are told something, and never shrink while anything goes on. Not
  // `--max-semi-space-size`: that is read when the process starts, this each time that V8 thinks of growing.
  setFlagsFromString("--semi-space-growth-factor=1");
  // Threads that share the work on so little cost more than they do, and where they get no processor, all waits for them.
  setFlagsFromString("--no-parallel-scavenge");
  // TurboFan compiles what runs much without Maglev before it as well; what Maglev took for its work in 1,000 streams'
  // code stays with the process, 10 to 25 MB.
  setFlagsFromString("--no-maglev");
}
