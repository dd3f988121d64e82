#!/usr/bin/env node
import { exitCodes } from "./cli/exit-code.ts";
import { main } from "./cli/main.ts";
import { unsupportedNode } from "./cli/node-version.ts";

// A reader that goes away (`portolan get all | head`) is no failure, and ends no server: what it would have read is dropped.
for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE" || stream === process.stderr) return;
    process.stderr.write(`error: stdout cannot be written: ${error.message}\n`);
    process.exitCode = 1;
  });
}
const unsupported = unsupportedNode(process.versions.node);
if (unsupported !== undefined) {
  process.stderr.write(`error: ${unsupported}\n`);
  process.exit(exitCodes.failure);
}
const code = await main(process.argv.slice(2), [process.execPath, process.argv[1] ?? ""]);
process.exitCode ||= code;
