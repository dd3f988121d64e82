import { type Entry, MAX_DEPTH, type TreeNode } from "./node.ts";

/**
 * A reader of the YAML that people and tools mostly write: block mappings and lists, flow collections within a line, scalars on one line
 * without escapes, ASCII. It reads as the library does or declines (undefined), and takes a tenth of its time.
 */
export function readPlain(text: string): TreeNode | undefined {
  if (text.length > MAX_TEXT || !ASCII.test(text)) return undefined;
  const reader = new PlainReader(text);
  try {
    return reader.document();
  } catch (error) {
    if (error === DECLINED) return undefined;
    throw error;
  }
}

/** As many characters are fewer tokens than the library's bound. */
const MAX_TEXT = 64 * 1024;
const ASCII = /^[\n\x20-\x7e]*$/;
const DECLINED = Symbol("declined");

/** Begins with a letter, so that no scalar but a word is written like it. */
const KEY = /([A-Za-z][A-Za-z0-9_./-]{0,200}):(?=[ \n]|$)/y;
/** Words that are no text in the core schema (YAML 1.2.2, section 10.3.2), in whatever case. */
const WORD = /^(?:null|true|false)$/i;
const INTEGER = /^(?:0|[1-9][0-9]{0,14})$/;
/** What may be another number, or a special one. */
const NUMERIC =
  /^(?:[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+|[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.inf|\.nan)$/i;
const BLOCK_SCALAR = /[A-Za-z0-9_./](?:[^\n:#]|:(?![ \n]|$)|(?<! )#)*/y;
const FLOW_SCALAR = /[A-Za-z0-9_./](?:[^\n:#,[\]{}]|:(?![ \n,[\]{}]|$)|(?<! )#)*/y;
const DOUBLE_QUOTED = /"([^"\\\n]*)"/y;
const SINGLE_QUOTED = /'([^'\n]*)'/y;
const SPACES = / */y;
/** Nothing more on this line but a comment. */
const LINE_END = / *(?: #[^\n]*)?(?:\n|$)/y;
/** Lines without content. */
const BLANK = /(?: *(?:#[^\n]*)?\n)*(?: *(?:#[^\n]*)?$)?/y;

class PlainReader {
  readonly #text: string;
  #at = 0;
  /** Where the line of `#at` began its content; -1 at the end. */
  #indent = -1;

  constructor(text: string) {
    this.#text = text;
  }

  document(): TreeNode {
    this.#nextLine();
    if (this.#indent < 0) throw DECLINED;
    const root = this.#mapping(this.#indent, 0);
    if (this.#indent >= 0) throw DECLINED;
    return root;
  }

  /** From the beginning of a line to the next content. */
  #nextLine(): void {
    this.#skip(BLANK);
    const start = this.#at;
    this.#skip(SPACES);
    this.#indent = this.#at < this.#text.length ? this.#at - start : -1;
  }

  #endLine(): void {
    if (!this.#skip(LINE_END)) throw DECLINED;
    this.#nextLine();
  }

  #mapping(indent: number, depth: number): TreeNode {
    if (depth > MAX_DEPTH / 4) throw DECLINED;
    const at = this.#at;
    const entries = new Map<string, Entry>();
    do {
      const keyAt = this.#at;
      const key = this.#key(entries);
      entries.set(key, { at: keyAt, value: this.#value(indent, depth) });
    } while (this.#indent === indent);
    if (this.#indent > indent) throw DECLINED;
    return { kind: "map", at, entries };
  }

  #key(entries: ReadonlyMap<string, Entry>): string {
    const key = this.#match(KEY);
    if (key === undefined || WORD.test(key) || entries.has(key)) throw DECLINED;
    return key;
  }

  /** What stands behind the colon of a mapping at `indent`. */
  #value(indent: number, depth: number): TreeNode {
    const colon = this.#at;
    this.#skip(SPACES);
    if (!this.#isLineEnd()) return this.#inline(BLOCK_SCALAR, depth);
    this.#at = colon;
    this.#endLine();
    if (this.#indent < indent) throw DECLINED;
    if (this.#isItem()) return this.#list(this.#indent, depth + 1);
    if (this.#indent === indent) throw DECLINED;
    return this.#mapping(this.#indent, depth + 1);
  }

  #list(indent: number, depth: number): TreeNode {
    if (depth > MAX_DEPTH / 4) throw DECLINED;
    const at = this.#at;
    const items: TreeNode[] = [];
    do {
      const start = this.#at - indent;
      this.#at++;
      this.#skip(SPACES);
      KEY.lastIndex = this.#at;
      if (KEY.test(this.#text)) {
        this.#indent = this.#at - start;
        items.push(this.#mapping(this.#indent, depth + 1));
      } else items.push(this.#inline(BLOCK_SCALAR, depth + 1));
    } while (this.#indent === indent && this.#isItem());
    if (this.#indent > indent) throw DECLINED;
    return { kind: "list", at, items };
  }

  /** A value and the end of its line. */
  #inline(scalar: RegExp, depth: number): TreeNode {
    const value = this.#flow(scalar, depth);
    this.#endLine();
    return value;
  }

  #flow(scalar: RegExp, depth: number): TreeNode {
    if (depth > MAX_DEPTH / 4) throw DECLINED;
    const at = this.#at;
    const first = this.#text[at];
    if (first === "[") return this.#flowList(depth + 1);
    if (first === "{") return this.#flowMapping(depth + 1);
    const quoted = first === '"' ? this.#match(DOUBLE_QUOTED) : first === "'" ? this.#match(SINGLE_QUOTED) : undefined;
    if (quoted !== undefined) return { kind: "scalar", at, value: quoted };
    scalar.lastIndex = at;
    const written = scalar.exec(this.#text)?.[0].trimEnd();
    if (written === undefined) throw DECLINED;
    this.#at += written.length;
    return plainScalar(at, written);
  }

  #flowList(depth: number): TreeNode {
    const at = this.#at++;
    const items: TreeNode[] = [];
    this.#skip(SPACES);
    if (!this.#take("]")) {
      do {
        this.#skip(SPACES);
        items.push(this.#flow(FLOW_SCALAR, depth));
        this.#skip(SPACES);
      } while (this.#take(","));
      if (!this.#take("]")) throw DECLINED;
    }
    return { kind: "list", at, items };
  }

  #flowMapping(depth: number): TreeNode {
    const at = this.#at++;
    const entries = new Map<string, Entry>();
    this.#skip(SPACES);
    if (!this.#take("}")) {
      do {
        this.#skip(SPACES);
        const keyAt = this.#at;
        const key = this.#key(entries);
        if (!this.#take(" ")) throw DECLINED;
        this.#skip(SPACES);
        entries.set(key, { at: keyAt, value: this.#flow(FLOW_SCALAR, depth) });
        this.#skip(SPACES);
      } while (this.#take(","));
      if (!this.#take("}")) throw DECLINED;
    }
    return { kind: "map", at, entries };
  }

  #isItem(): boolean {
    return this.#text[this.#at] === "-" && this.#text[this.#at + 1] === " ";
  }

  #isLineEnd(): boolean {
    const next = this.#text[this.#at];
    return next === undefined || next === "\n" || (next === "#" && this.#text[this.#at - 1] === " ");
  }

  #take(character: string): boolean {
    if (this.#text[this.#at] !== character) return false;
    this.#at++;
    return true;
  }

  #skip(pattern: RegExp): boolean {
    pattern.lastIndex = this.#at;
    const found = pattern.test(this.#text);
    if (found) this.#at = pattern.lastIndex;
    return found;
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[1];
    if (found !== undefined) this.#at = pattern.lastIndex;
    return found;
  }
}

function plainScalar(at: number, written: string): TreeNode {
  if (INTEGER.test(written)) return { kind: "scalar", at, value: Number(written), source: written };
  if (written === "true" || written === "false")
    return { kind: "scalar", at, value: written === "true", source: written };
  if (WORD.test(written) || NUMERIC.test(written)) throw DECLINED;
  return { kind: "scalar", at, value: written };
}
