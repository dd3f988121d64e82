/** A place in a file; lines and columns count from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** Where an object came from: the source that owns it and, for files, its place. */
export interface Origin {
  /** Name of the owning source, such as `files` or `api`. */
  readonly source: string;
  readonly file?: string;
  readonly position?: Position;
}

/** `mesh.yaml:6:13` for files, else the source's name. */
export function formatOrigin(origin: Origin): string {
  const place = origin.file ?? origin.source;
  return origin.position === undefined ? place : `${place}:${origin.position.line}:${origin.position.column}`;
}
