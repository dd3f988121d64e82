import { expect, test } from "vitest";
import { attempt, tell } from "./attempt.ts";

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

test("F-16 a listener that throws or rejects is told with what it was told", async () => {
  const failures: unknown[] = [];
  const failed = (cause: unknown, message: number) => failures.push([cause, message]);
  const thrower = () => {
    throw "thrown";
  };
  tell(thrower, 1, failed);
  tell(async () => Promise.reject("rejected"), 2, failed);
  tell((message) => failures.push(message), 3, failed);
  await new Promise((resolve) => setImmediate(resolve));
  expect(failures).toEqual([["thrown", 1], 3, ["rejected", 2]]);
});
