import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { type Logger, pino, stdTimeFunctions } from "pino";
import { escapeControls } from "../escape-controls.ts";
import { channels, type LoggedChannel } from "./channels.ts";

export interface Log extends Disposable {
  info(text: string): void;
  warn(text: string): void;
}

export interface LogOptions {
  readonly level: string;
  /** JSON lines instead of text. */
  readonly json: boolean;
  /** Takes a line, with its end. */
  readonly write: (line: string) => void;
}

/** Turns what the packages tell on their diagnostics channels into lines. One event is one line, whatever a peer put into it. */
export function startLog(options: LogOptions): Log {
  const { write } = options;
  const logger = pino(
    {
      level: options.level,
      base: null,
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    { write: (line: string) => write(`${escapeControls(options.json ? line.trimEnd() : formatText(line))}\n`) },
  );
  // What happens on every stream at a time is not even described where nobody reads it.
  const read = channels.filter(({ level }) => level === undefined || logger.isLevelEnabled(level));
  const listeners = read.map((channel) => [channel.name, listenerFor(channel, logger)] as const);
  for (const [name, listener] of listeners) subscribe(name, listener);
  return {
    info: (text) => logger.info(text),
    warn: (text) => logger.warn(text),
    [Symbol.dispose]: () => {
      for (const [name, listener] of listeners) unsubscribe(name, listener);
    },
  };
}

function listenerFor(channel: LoggedChannel, logger: Logger) {
  return (message: unknown) => {
    const { level, text, fields } = channel.describe(message as never);
    logger[level]({ event: channel.name, ...fields }, text);
  };
}

/** `2026-01-31T09:00:00.000Z info text key=value` */
function formatText(line: string): string {
  const { level, time, msg, ...fields } = JSON.parse(line) as Record<string, unknown>;
  const rest = Object.entries(fields)
    .filter(([key, value]) => key !== "event" && value !== undefined)
    .map(([key, value]) => ` ${key}=${JSON.stringify(value)}`);
  return `${String(time)} ${String(level).padEnd(5)} ${String(msg)}${rest.join("")}`;
}
