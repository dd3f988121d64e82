import { formatTable } from "../cli/table.ts";
import type { LatencySummary } from "./histogram.ts";
import type { PushBenchReport } from "./push-bench.ts";

const BAR = 40;

/** What people judge a control plane by, on a page. */
export function formatPushReport(report: PushBenchReport): string {
  const { streams, dialect, resources, changes, responses, bytes, missing, ended, since } = report;
  const push = since === "trigger" ? "change to receipt" : "first receipt to receipt";
  const table = formatTable(
    ["WHAT", "COUNT", "P50", "P95", "P99", "MAX"],
    [row("connect to served", report.connect), row(push, report.push)],
  );
  const most = Math.max(1, ...report.octaves.map(({ count }) => count));
  const bars = report.octaves.map(({ leMs, count }) => {
    const bar = "#".repeat(Math.max(1, Math.round((count / most) * BAR)));
    return `${`<= ${leMs} ms`.padStart(14)}  ${bar.padEnd(BAR)}  ${count}`;
  });
  const lines = [
    `${streams} ${dialect} streams, ${resources} endpoint names each; ${changes} changes, ${responses} responses, ${bytes} bytes`,
    "",
    table.trimEnd(),
    ...(bars.length === 0 ? [] : ["", ...bars]),
    ...(missing === 0 ? [] : ["", `not received, at the latest 10 s after the last change: ${missing}`]),
    ...(missing === 0 || responses > 0
      ? []
      : ["(no stream was sent anything: does the trigger change what they subscribe to?)"]),
    ...(ended === 0 ? [] : ["", `streams that the server ended: ${ended}`]),
  ];
  return `${lines.join("\n")}\n`;
}

function row(what: string, { count, p50Ms, p95Ms, p99Ms, maxMs }: LatencySummary): string[] {
  return [
    what,
    String(count),
    ...[p50Ms, p95Ms, p99Ms, maxMs].map((ms) => (count === 0 ? "-" : `${ms.toFixed(2)} ms`)),
  ];
}
