/** Within a machine of its own: answers on port 53 and runs commands, `[[PROGRAM, ARGUMENT...], ...]`; prints what they printed. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { createDnsServer } from "@portolan/dns";
import { NAMES } from "./names.ts";

const commands = JSON.parse(process.argv[2] ?? "[]") as [string, ...string[]][];
await using server = createDnsServer({ records: NAMES, listen: { address: "127.0.0.1", port: 53 } });
await server.start();
const results: unknown[] = [];
for (const [program, ...args] of commands) {
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"], timeout: 60_000 });
  const failed = once(child, "error").then(([error]) => [String(error)]);
  const [out, err, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    Promise.race([once(child, "close"), failed]),
  ]);
  results.push({ out, err, code });
}
console.log(JSON.stringify(results));
