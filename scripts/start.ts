/** Runs the bundled CLI: `start` and `demo` are the entry points of a checkout, anything else goes to `portolan` as it is. */
import { spawn } from "node:child_process";
import { constants } from "node:os";
import { bundle } from "./bundle.ts";

const args = process.argv.slice(2);

const program = await bundle();
const child = spawn(process.execPath, [program, ...args], {
  stdio: "inherit",
  cwd: process.env.INIT_CWD ?? process.cwd(),
});
// Ctrl-C reaches the child by the terminal; this process only has to outlive it.
process.on("SIGINT", () => {});
for (const signal of ["SIGTERM", "SIGHUP"] as const) process.on(signal, () => child.kill(signal));
child.on("exit", (code, signal) => {
  process.exitCode = code ?? 128 + (signal === null ? 0 : constants.signals[signal]);
});
