import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { escapeControls } from "../escape-controls.ts";
import { formatInstant } from "../instant.ts";
import { channels, type LoggedChannel, type LogLine } from "./channels.ts";
import { createLineLimit, type LeftOut } from "./line-limit.ts";
import { isAtLeast, type LogLevel } from "./log-level.ts";

export interface Log extends Disposable {
  info(text: string): void;
  warn(text: string): void;
  /** The lowest that is logged from now on. */
  level: LogLevel;
}

export interface LogOptions {
  readonly level: LogLevel;
  /** JSON lines instead of text. */
  readonly json: boolean;
  /** Takes a line, with its end. `level`: its own. */
  readonly write: (line: string, level: LogLine["level"]) => void;
  /** Monotonic, in milliseconds: how often others may make it say something goes by that. */
  readonly now?: () => number;
}

/**
 * Turns what the packages tell on their diagnostics channels into lines. One event is one line, whatever a peer put into it; of
 * lines that peers can provoke there are only so many, and how many were left out is said in the next one of the same cause.
 */
export function startLog(options: LogOptions): Log {
  const { json, write, now = () => performance.now() } = options;
  let lowest = options.level;
  const timeText = createTimeText();
  const limit = createLineLimit({ now });

  function isLogged(level: LogLine["level"]): boolean {
    return isAtLeast(level, lowest);
  }

  function log(line: LogLine, event?: string): void {
    const { level } = line;
    if (!isLogged(level)) return;
    const time = timeText(Date.now());
    write(`${escapeControls(json ? formatJson(line, time, event) : formatText(line, time))}\n`, level);
  }

  function listenerFor({ name, describe, causeOf }: LoggedChannel) {
    return (message: unknown) => {
      const line = describe(message as never);
      if (causeOf === undefined || !isLogged(line.level)) return log(line, name);
      const leftOut = limit.admit(name, causeOf(message as never));
      if (leftOut !== undefined) log(withLeftOut(line, leftOut), name);
    };
  }

  const listeners = channels.map((channel) => ({ ...channel, listener: listenerFor(channel) }));

  /** What happens on every stream at a time is not even described where nobody reads it. */
  function follow(): void {
    for (const { name, level, listener } of listeners) {
      unsubscribe(name, listener);
      if (level === undefined || isLogged(level)) subscribe(name, listener);
    }
  }

  follow();
  return {
    info: (text) => log({ level: "info", text }),
    warn: (text) => log({ level: "warn", text }),
    get level() {
      return lowest;
    },
    set level(level) {
      lowest = level;
      follow();
    },
    [Symbol.dispose]: () => {
      for (const { name, listener } of listeners) unsubscribe(name, listener);
      for (const [name, count] of limit.untold())
        log({ level: "warn", text: `lines of ${name} were left out: there were too many`, fields: { leftOut: count } });
    },
  };
}

function withLeftOut(line: LogLine, { alike, ofPeer, ofEvent }: LeftOut): LogLine {
  if (alike + ofPeer + ofEvent === 0) return line;
  const told = {
    ...(alike === 0 ? {} : { leftOut: alike }),
    ...(ofPeer === 0 ? {} : { leftOutOfPeer: ofPeer }),
    ...(ofEvent === 0 ? {} : { leftOutOfAll: ofEvent }),
  };
  return { ...line, fields: { ...line.fields, ...told } };
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
