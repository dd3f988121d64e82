import type { LogLevel } from "../telemetry/log-level.ts";

/** The flags of `serve` and `start`, as typed. */
export interface ServeFlags {
  readonly config?: string[];
  readonly xds: string;
  readonly xdsPlaintext: string;
  readonly workers: string;
  readonly xdsLimit?: string[];
  readonly dns?: string[];
  readonly dnsWorkers: string;
  readonly dnsUpstream?: string[];
  readonly admin: string;
  readonly advertise?: string[];
  readonly debounce: string;
  readonly workloadCertTtl?: string;
  readonly mode: "bind" | "capture";
  readonly strict?: boolean;
  readonly check?: boolean;
  readonly log: LogLevel;
  readonly logJson?: boolean;
  /** A host with which the commands to try are shown. */
  readonly tryHost?: string | undefined;
}
