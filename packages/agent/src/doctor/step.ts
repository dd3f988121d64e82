/** One thing that was looked at. */
export interface DiagnosisStep {
  /** What was looked at, such as `file key.pem` or `control plane TCP`. */
  readonly name: string;
  readonly status: "ok" | "failed" | "skipped";
  /** What was seen: the file, the address and port, or why it was skipped. */
  readonly detail: string;
  /** What to do; only where it failed. */
  readonly remedy: string | undefined;
}

export function passed(name: string, detail: string): DiagnosisStep {
  return { name, status: "ok", detail, remedy: undefined };
}

export function failed(name: string, detail: string, remedy: string): DiagnosisStep {
  return { name, status: "failed", detail, remedy };
}

export function skipped(name: string, detail: string): DiagnosisStep {
  return { name, status: "skipped", detail, remedy: undefined };
}
