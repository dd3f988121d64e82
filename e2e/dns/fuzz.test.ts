import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { expect, it } from "vitest";

const script = join(import.meta.dirname, "../../packages/dns/scripts/fuzz.ts");

it("F-24 G10 20,000 random and mutated packets over UDP and TCP: no exit, no rejection, no answer to an answer, nothing kept; 2,000 idle connections: a bounded number is held, and all let go", async () => {
  const run = spawn(process.execPath, [script, "--packets", "20000", "--seed", "24"], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  const [out, err, [code]] = await Promise.all([text(run.stdout), text(run.stderr), once(run, "close")]);
  expect(err).toBe("");
  expect(code, out).toBe(0);
  expect(out.trim().split("\n").at(-1)).toBe("0 findings in 20000 packets, seed 24");
});
