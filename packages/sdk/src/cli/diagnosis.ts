import type { DiagnosisStep } from "@portolan/agent";
import { paint, type Terminal } from "./terminal.ts";

/** One step of a diagnosis as a line, with what to do below it. */
export function printStep(step: DiagnosisStep, terminal: Terminal): void {
  const mark = {
    ok: paint(terminal, "out", "good", "ok     "),
    failed: paint(terminal, "out", "bad", "FAILED "),
    skipped: paint(terminal, "out", "quiet", "skipped"),
  };
  terminal.out(`${mark[step.status]} ${step.name}: ${step.detail}\n`);
  if (step.remedy !== undefined) terminal.out(`        ${step.remedy}\n`);
}
