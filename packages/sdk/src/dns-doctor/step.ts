import type { DiagnosisStep } from "@portolan/agent";

export function passed(name: string, detail: string): DiagnosisStep {
  return { name, status: "ok", detail, remedy: undefined };
}

export function failed(name: string, detail: string, remedy: string): DiagnosisStep {
  return { name, status: "failed", detail, remedy };
}

export function skipped(name: string, detail: string): DiagnosisStep {
  return { name, status: "skipped", detail, remedy: undefined };
}
