import type { MeshObject, Namespace, ObjectKey, Problem } from "@portolan/model";

/** One YAML document of a file. */
export interface DocumentSlice {
  /** The document without its markers, leading comments and trailing blanks: equal documents have equal text. */
  readonly text: string;
  /** Line of the file at which `text` begins, from 1. */
  readonly line: number;
}

/** Where a document comes from, and what holds where it is silent. */
export interface DecodeContext {
  /** Name of the source, such as `files` or `api`. */
  readonly source: string;
  /** Path of the file as messages show it. Its name decides whether a document without `kind` is mesh settings. */
  readonly file?: string;
  /** Namespace of the objects that name none. */
  readonly namespace: Namespace;
}

/** What one document says. */
export interface DecodedDocument {
  readonly objects: readonly MeshObject[];
  /** Objects that the document names but describes wrongly: their last good version stays. */
  readonly rejected: readonly ObjectKey[];
  readonly problems: readonly Problem[];
  /** It cannot be told which objects the document describes: everything that its file said before stays. */
  readonly unreadable: boolean;
  /** Line of the file to which the positions refer; see `moveDocument`. */
  readonly line: number;
}
