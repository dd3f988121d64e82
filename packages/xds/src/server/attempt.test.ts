import { expect, test } from "vitest";
import { attempt } from "./attempt.ts";

test("F-16 what a function throws or rejects with is told, and what it gives is not", async () => {
  const failures: unknown[] = [];
  attempt(
    () => {
      throw "thrown";
    },
    (cause) => failures.push(cause),
  );
  attempt(
    async () => Promise.reject("rejected"),
    (cause) => failures.push(cause),
  );
  attempt(
    () => "good",
    (cause) => failures.push(cause),
  );
  await new Promise((resolve) => setImmediate(resolve));
  expect(failures).toEqual(["thrown", "rejected"]);
});
