import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { printable } from "@portolan/model";
import { LOG_LEVELS, type LogLevel } from "../telemetry/log-level.ts";

/** What `DATA/log-level` says. */
export type LogLevelFile =
  | { readonly kind: "level"; readonly level: LogLevel }
  | { readonly kind: "absent" }
  | { readonly kind: "bad"; readonly reason: string };

/** The file that goes before `--log` where it is there: a flag cannot be changed while a server runs. */
export async function readLogLevel(data: string): Promise<LogLevelFile> {
  const file = join(data, "log-level");
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return code === "ENOENT" ? { kind: "absent" } : { kind: "bad", reason: printable(message, 300) };
  }
  const level = LOG_LEVELS.find((one) => one === text.trim());
  if (level !== undefined) return { kind: "level", level };
  return { kind: "bad", reason: `${file}: "${printable(text.trim(), 40)}" is none of ${LOG_LEVELS.join(", ")}` };
}
