/** From all that is said to nothing. */
export const LOG_LEVELS = ["debug", "info", "warn", "error", "silent"] as const;

/** The lowest that is logged. */
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Whether lines of the one level are logged where the other is the lowest. */
export function isAtLeast(level: LogLevel, lowest: LogLevel): boolean {
  return LOG_LEVELS.indexOf(level) >= LOG_LEVELS.indexOf(lowest);
}
