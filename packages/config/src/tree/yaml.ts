import { Composer, type CST, Lexer, Parser, type YAMLError } from "yaml";
import type { ProblemCode } from "../problem-codes.ts";
import { convert } from "./convert.ts";
import { MAX_DEPTH, type TreeNode } from "./node.ts";
import { readPlain } from "./plain.ts";

export type ParsedTree =
  | { readonly ok: true; readonly root: TreeNode | undefined }
  | { readonly ok: false; readonly errors: readonly SyntaxFault[] };

export interface SyntaxFault {
  readonly at: number;
  readonly code: ProblemCode;
  readonly message: string;
}

/** Characters of one document. Kubernetes stores at most 1.5 MiB of an object; a List may hold some. */
export const MAX_DOCUMENT = 4 * 1024 * 1024;
/** About half a second of parsing, or two thousand ServiceEntries in one List. */
const MAX_TOKENS = 250_000;
const MAX_FAULTS = 5;

const options = {
  version: "1.2",
  schema: "core",
  prettyErrors: false,
  resolveKnownTags: false,
  // The library's check compares every key with every other; `convert` does it in one pass.
  uniqueKeys: false,
  logLevel: "silent",
} as const;

/**
 * One document of YAML 1.2 in the core schema (`NO` is text, nothing is a date), as a tree; `root` is undefined where it is empty. Bounded in
 * size, depth and tokens before anything recursive sees it.
 */
export function parseTree(text: string): ParsedTree {
  if (text.length > MAX_DOCUMENT) {
    return refuse(
      0,
      "PTL1002",
      `the document has ${text.length} characters, at most ${MAX_DOCUMENT} are read: split it with "---"`,
    );
  }
  const control = CONTROL.exec(text);
  if (control !== null) {
    const code = control[0].charCodeAt(0).toString(16).toUpperCase().padStart(4, "0");
    return refuse(
      control.index,
      "PTL1005",
      `the control character U+${code} stands here: remove it, or write it as an escape in double quotes`,
    );
  }
  const plain = readPlain(text);
  return plain === undefined ? parseWhole(text) : { ok: true, root: plain };
}

/** The same with the library alone; no larger than {@link MAX_DOCUMENT}. */
export function parseWhole(text: string): ParsedTree {
  try {
    return compose(text);
  } catch (error) {
    // Hostile text has made the library throw before; it never ends a source.
    return refuse(0, "PTL1001", `the document cannot be parsed (${error instanceof Error ? error.name : "unknown"})`);
  }
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for (YAML 1.2.2, section 5.1).
const CONTROL = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f\ufffe\uffff]/;

function compose(text: string): ParsedTree {
  const tokens = tokensOf(text);
  if (!tokens.ok) return tokens;
  const [document, second] = new Composer(options).compose(tokens.tokens, true, text.length);
  if (document === undefined) return { ok: true, root: undefined };
  if (document.errors.length > 0) return { ok: false, errors: document.errors.slice(0, MAX_FAULTS).map(faultOf) };
  if (second !== undefined) {
    return refuse(
      second.range[0],
      "PTL1001",
      `a second document begins here: separate documents with "---" at the start of a line`,
    );
  }
  const { root, fault } = convert(document.contents);
  return fault === undefined ? { ok: true, root } : { ok: false, errors: [fault] };
}

/** The parser is a stack machine, so that its depth can be bounded while it runs; a stray token ends it. */
function tokensOf(text: string): { ok: true; tokens: CST.Token[] } | { ok: false; errors: readonly SyntaxFault[] } {
  const parser = new Parser();
  const tokens: CST.Token[] = [];
  let count = 0;
  for (const lexeme of new Lexer().lex(text)) {
    for (const token of parser.next(lexeme)) {
      tokens.push(token);
      if (token.type === "error") return { ok: true, tokens };
    }
    // A level of block mapping takes two tokens of the stack.
    if (parser.stack.length > 2 * MAX_DEPTH) {
      return refuse(parser.offset, "PTL1002", `the document is nested more than ${MAX_DEPTH} levels deep`);
    }
    if (++count > MAX_TOKENS) {
      return refuse(parser.offset, "PTL1002", `the document has more than ${MAX_TOKENS} tokens: split it with "---"`);
    }
  }
  for (const token of parser.end()) tokens.push(token);
  return { ok: true, tokens };
}

function refuse(at: number, code: ProblemCode, message: string): { ok: false; errors: readonly SyntaxFault[] } {
  return { ok: false, errors: [{ at, code, message }] };
}

function faultOf(error: YAMLError): SyntaxFault {
  const code = error.code === "RESOURCE_EXHAUSTION" ? "PTL1002" : "PTL1001";
  return { at: error.pos[0], code, message: advice[error.code] ?? error.message };
}

const advice: Partial<Record<YAMLError["code"], string>> = {
  TAB_AS_INDENT: "a tab cannot indent YAML: use spaces",
  BLOCK_AS_IMPLICIT_KEY:
    "a mapping cannot begin in the middle of this line: put it on its own lines, or the value in quotes",
  RESOURCE_EXHAUSTION: "the document is nested too deep",
  BAD_DIRECTIVE: "this directive is not known: only %YAML 1.2 may stand before a document",
};
