import type { Problem } from "@portolan/model";
import { formatProblem } from "@portolan/registry";
import { followSignals } from "../cli/ending.ts";
import type { Invocation } from "../cli/invocation.ts";
import { paint, type Terminal } from "../cli/terminal.ts";
import { createControlPlane } from "../control-plane/control-plane.ts";
import { removePorts, writePorts } from "../control-plane/ports-file.ts";
import { SdkError } from "../error.ts";
import { escapeControls } from "../escape-controls.ts";
import { failureOf } from "../failure.ts";
import { createLineBuffer } from "../telemetry/line-buffer.ts";
import { type Log, startLog } from "../telemetry/log.ts";
import { isAtLeast } from "../telemetry/log-level.ts";
import { announcement } from "./announcement.ts";
import type { ServeFlags } from "./flags.ts";
import { readLogLevel } from "./log-level-file.ts";
import { parseServeFlags } from "./options.ts";

/** Runs the standalone server until SIGINT or SIGTERM. What is wrong with objects is logged, at the start as later. */
export async function serve(flags: ServeFlags, invocation: Invocation): Promise<void> {
  const { data, terminal } = invocation;
  const options = await parseServeFlags(flags, data);
  if (flags.check === true) return check(options.config ?? [], terminal);
  using lines = createLineBuffer((text) => terminal.talk(text));
  using log = startLog({
    level: flags.log,
    json: flags.logJson === true,
    write: (line, level) => lines.add(line, level === "error"),
  });
  await rereadLevel(log, flags, data);
  using ending = followSignals();
  await using controlPlane = await createControlPlane(options);
  const ports = { pid: process.pid, ...controlPlane.listening, adminSocket: controlPlane.adminSocket };
  await writePorts(data, ports);
  terminal.out(announcement(controlPlane, data, flags.tryHost));
  const reread = async () => {
    await rereadLevel(log, flags, data);
    await controlPlane.reloadCertificates().then(
      () => log.info("SIGHUP: the certificate authority's files were read again"),
      (error: unknown) => log.warn(`SIGHUP: the certificate authority stays as it was: ${failureOf(error).message}`),
    );
  };
  process.on("SIGHUP", reread);
  log.info(`${await ending.wished}: connections are drained`);
  process.off("SIGHUP", reread);
  await removePorts(data);
}

/** What changes is said as long as either level lets it be said. */
async function rereadLevel(log: Log, flags: ServeFlags, data: string): Promise<void> {
  const read = await readLogLevel(data);
  if (read.kind === "bad") {
    log.warn(`the log level stays ${log.level}: ${read.reason}`);
    return;
  }
  const level = read.kind === "level" ? read.level : flags.log;
  if (level === log.level) return;
  const text = `the log level is ${level}, by ${read.kind === "level" ? "DATA/log-level" : "--log"}`;
  const quieter = isAtLeast(level, log.level);
  if (quieter) log.info(text);
  log.level = level;
  if (!quieter) log.info(text);
}

async function check(config: readonly string[], terminal: Terminal): Promise<void> {
  await using read = await createControlPlane({ config, listen: "nowhere" });
  const problems = read.registry.problems();
  for (const problem of problems) terminal.talk(problemLine(problem, terminal));
  const errors = problems.filter((problem) => problem.severity === "error").length;
  if (errors > 0) throw new SdkError("bad-data", `${counted(errors, "error")} in the configuration`);
  const { objects, services } = read.snapshot;
  const remarks = problems.length === 0 ? "" : `, ${counted(problems.length, "remark")}`;
  terminal.out(
    `the configuration is good: ${counted(objects.size, "object")}, ${counted(services.size, "service")}${remarks}\n`,
  );
}

function problemLine(problem: Problem, terminal: Terminal): string {
  const tone = problem.severity === "error" ? "bad" : "quiet";
  return `${paint(terminal, "talk", tone, `${problem.severity}:`)} ${escapeControls(formatProblem(problem))}\n`;
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}
