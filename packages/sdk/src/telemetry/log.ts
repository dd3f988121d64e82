import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { escapeControls } from "../escape-controls.ts";
import { formatInstant } from "../instant.ts";
import { channels, type LoggedChannel, type LogLine } from "./channels.ts";

export interface Log extends Disposable {
  info(text: string): void;
  warn(text: string): void;
}

export type LogLevel = LogLine["level"] | "silent";

export interface LogOptions {
  /** The lowest that is logged. */
  readonly level: LogLevel;
  /** JSON lines instead of text. */
  readonly json: boolean;
  /** Takes a line, with its end. `level`: its own. */
  readonly write: (line: string, level: LogLine["level"]) => void;
}

const RANKS: Readonly<Record<LogLevel, number>> = { debug: 0, info: 1, warn: 2, error: 3, silent: 4 };

/** Turns what the packages tell on their diagnostics channels into lines. One event is one line, whatever a peer put into it. */
export function startLog({ level: lowest, json, write }: LogOptions): Log {
  const timeText = createTimeText();

  function isLogged(level: LogLine["level"]): boolean {
    return RANKS[level] >= RANKS[lowest];
  }

  function log(line: LogLine, event?: string): void {
    const { level } = line;
    if (!isLogged(level)) return;
    const time = timeText(Date.now());
    write(`${escapeControls(json ? formatJson(line, time, event) : formatText(line, time))}\n`, level);
  }

  function listenerFor({ name, describe }: LoggedChannel) {
    return (message: unknown) => log(describe(message as never), name);
  }

  // What happens on every stream at a time is not even described where nobody reads it.
  const read = channels.filter(({ level }) => level === undefined || isLogged(level));
  const listeners = read.map((channel) => [channel.name, listenerFor(channel)] as const);
  for (const [name, listener] of listeners) subscribe(name, listener);
  return {
    info: (text) => log({ level: "info", text }),
    warn: (text) => log({ level: "warn", text }),
    [Symbol.dispose]: () => {
      for (const [name, listener] of listeners) unsubscribe(name, listener);
    },
  };
}

/** A thousand streams that come at once come in a few milliseconds. */
function createTimeText(): (ms: number) => string {
  let lastMs = Number.NaN;
  let text = "";
  return (ms) => {
    if (ms !== lastMs) {
      lastMs = ms;
      text = formatInstant(ms);
    }
    return text;
  };
}

function formatJson({ level, text, fields }: LogLine, time: string, event: string | undefined): string {
  return JSON.stringify({ level, time, event, ...fields, msg: text });
}

/** `2026-01-31T09:00:00.000Z info text key=value` */
function formatText({ level, text, fields }: LogLine, time: string): string {
  let line = `${time} ${level.padEnd(5)} ${text}`;
  for (const key in fields) {
    const value = fields[key];
    if (value !== undefined) line += ` ${key}=${JSON.stringify(value)}`;
  }
  return line;
}
