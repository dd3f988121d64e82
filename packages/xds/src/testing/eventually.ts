import { expect } from "vitest";

/** What is expected comes to be; the time is only an alarm for what hangs. */
export const eventually = <Value>(read: () => Value) => expect.poll(read, { timeout: 60_000 });
