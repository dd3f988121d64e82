import { type Namespace, parseNamespace } from "@portolan/model";
import { SdkError } from "../error.ts";
import type { AdminClient } from "./admin-client.ts";
import type { Terminal } from "./terminal.ts";

/** What every command gets: where to write, and the options that stand before or after any command. */
export interface Invocation {
  readonly terminal: Terminal;
  /** The command line that starts this program, for children of its own. */
  readonly self: readonly string[];
  readonly namespace: Namespace | undefined;
  /** `--data`, or `$PORTOLAN_DATA`, or `.portolan`. */
  readonly data: string;
  client(): AdminClient;
  readStdin(): Promise<string>;
  /** What the program is to exit with, where the command did its work and has bad news. */
  exit(code: number): void;
}

export interface GlobalOptions {
  readonly namespace: string | undefined;
  readonly data: string | undefined;
  readonly noColour: boolean;
  /** The command and its own arguments. */
  readonly rest: readonly string[];
}

const valued: ReadonlyMap<string, "namespace" | "data"> = new Map([
  ["-n", "namespace"],
  ["--namespace", "namespace"],
  ["--data", "data"],
]);

/** Takes the global options out of a command line, wherever they stand, and the prefixes `x` and `experimental`. */
export function parseGlobalOptions(argv: readonly string[]): GlobalOptions {
  const found: { namespace?: string; data?: string } = {};
  const rest: string[] = [];
  let noColour = false;
  for (let at = 0; at < argv.length; at++) {
    const word = argv[at] ?? "";
    if (word === "--") {
      rest.push(...argv.slice(at));
      break;
    }
    const [flag = "", inline] = splitFlag(word);
    const option = valued.get(flag);
    if (word === "--no-color") noColour = true;
    else if (option === undefined) rest.push(word);
    else {
      const value = inline ?? argv[++at];
      if (value === undefined || (inline === undefined && value.startsWith("--"))) {
        throw new SdkError("usage", `${flag} needs a value`);
      }
      found[option] = value;
    }
  }
  while (rest[0] === "x" || rest[0] === "experimental") rest.shift();
  return { namespace: found.namespace, data: found.data, noColour, rest };
}

/** `--flag=value`, `-nvalue`, or the flag alone. */
function splitFlag(word: string): readonly [flag: string, value?: string] {
  const at = word.indexOf("=");
  if (word.startsWith("--")) return at < 0 ? [word] : [word.slice(0, at), word.slice(at + 1)];
  return /^-n./.test(word) ? ["-n", word.slice(2).replace(/^=/, "")] : [word];
}

export function requireNamespace(text: string | undefined, fallback: string): Namespace {
  const namespace = parseNamespace(text ?? fallback);
  if (!namespace.ok) throw new SdkError("usage", namespace.error);
  return namespace.value;
}
