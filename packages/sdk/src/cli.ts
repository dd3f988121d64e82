#!/usr/bin/env node
import { main } from "./cli/main.ts";

// A reader that goes away (`portolan get | head`) is no failure.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(0);
});
process.exitCode = await main(process.argv.slice(2), [process.execPath, process.argv[1] ?? ""]);
