import { channel } from "node:diagnostics_channel";

/** Messages of the channel `portolan:sdk:warning`: something that an operator should know of, and that stops nothing. */
export interface WarningMessage {
  /** Printable. */
  readonly text: string;
}

/** Messages of `portolan:sdk:fault`: a fault of the server's own, which failed one request. */
export interface FaultMessage {
  readonly where: string;
  readonly error: unknown;
}

const warnings = channel("portolan:sdk:warning");
const faults = channel("portolan:sdk:fault");

/** Tells those who follow the channel; the log does. */
export function warn(text: string): void {
  warnings.publish({ text } satisfies WarningMessage);
}

/** The same for a fault. */
export function reportFault(where: string, error: unknown): void {
  faults.publish({ where, error } satisfies FaultMessage);
}
