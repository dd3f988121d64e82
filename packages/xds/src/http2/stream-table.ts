import type { Http2Stream } from "./stream.ts";

/** The streams of a connection that are open. Most connections have one: it costs no map. */
export class StreamTable {
  private only: Http2Stream | undefined;
  private more: Map<number, Http2Stream> | undefined;

  get size(): number {
    return this.more?.size ?? (this.only === undefined ? 0 : 1);
  }

  get(id: number): Http2Stream | undefined {
    if (this.more !== undefined) return this.more.get(id);
    return this.only?.id === id ? this.only : undefined;
  }

  add(stream: Http2Stream): void {
    if (this.more === undefined && this.only === undefined) {
      this.only = stream;
      return;
    }
    this.more ??= new Map(this.only === undefined ? [] : [[this.only.id, this.only]]);
    this.only = undefined;
    this.more.set(stream.id, stream);
  }

  delete(stream: Http2Stream): void {
    if (this.more !== undefined) this.more.delete(stream.id);
    else if (this.only === stream) this.only = undefined;
  }

  /** Those that share a connection's window take turns: this one comes last from now on. */
  putLast(stream: Http2Stream): void {
    if (this.more?.delete(stream.id)) this.more.set(stream.id, stream);
  }

  all(): readonly Http2Stream[] {
    if (this.more !== undefined) return [...this.more.values()];
    return this.only === undefined ? NONE : [this.only];
  }
}

const NONE: readonly Http2Stream[] = [];
