import { ERROR_CODE, type ErrorCode } from "./error-code.ts";
import { FLAG } from "./frame.ts";
import type { HeadCache } from "./head-cache.ts";
import { HpackDecoder } from "./hpack/decoder.ts";
import type { Field } from "./hpack/static-table.ts";
import type { Http2Limits } from "./limits.ts";
import { type HeaderMap, parseRequest } from "./request-fields.ts";

/** What header blocks need of their connection. `fail` gives false, for "read no more". */
export interface HeaderOwner {
  readonly around: { readonly limits: Http2Limits; readonly heads: HeadCache };
  readonly lastStream: number;
  fail(code: ErrorCode, reason: string): false;
}

/** Told what blocks say; false: nothing more is to be read. */
export interface HeaderListener {
  /** `headers`: or why they are none. */
  onRequest(stream: number, headers: HeaderMap | ErrorCode, endStream: boolean): boolean;
  /** Of a stream that is not new. */
  onLaterBlock(stream: number, fields: readonly Field[] | "too large", endStream: boolean): boolean;
}

/** A block that is not complete. */
interface OpenBlock {
  readonly stream: number;
  readonly flags: number;
  readonly parts: Uint8Array[];
  bytes: number;
}

/** Puts header blocks together from HEADERS and CONTINUATION, and reads them (RFC 9113, section 4.3). */
export class HeaderBlocks {
  private readonly owner: HeaderOwner;
  private readonly listener: HeaderListener;
  private readonly fields = new HpackDecoder();
  private block: OpenBlock | undefined;

  constructor(owner: HeaderOwner, listener: HeaderListener) {
    this.owner = owner;
    this.listener = listener;
  }

  /** Whose block is not complete. */
  get openStream(): number | undefined {
    return this.block?.stream;
  }

  begin(stream: number, flags: number, block: Uint8Array): boolean {
    if (flags & FLAG.endHeaders) return this.onBlock(stream, flags, block);
    this.block = { stream, flags, parts: [Uint8Array.from(block)], bytes: block.length };
    return this.bound(this.block);
  }

  continue(flags: number, payload: Uint8Array): boolean {
    const { block } = this;
    if (block === undefined) return this.owner.fail(ERROR_CODE.protocolError, "CONTINUATION of nothing");
    block.parts.push(Uint8Array.from(payload));
    block.bytes += payload.length;
    if (!this.bound(block)) return false;
    if ((flags & FLAG.endHeaders) === 0) return true;
    this.block = undefined;
    const whole = new Uint8Array(block.bytes);
    let at = 0;
    for (const part of block.parts) {
      whole.set(part, at);
      at += part.length;
    }
    return this.onBlock(block.stream, block.flags, whole);
  }

  private bound({ parts, bytes }: OpenBlock): boolean {
    const { maxHeaderBytes, maxContinuations } = this.owner.around.limits;
    if (bytes <= maxHeaderBytes && parts.length <= maxContinuations + 1) return true;
    return this.owner.fail(ERROR_CODE.enhanceYourCalm, "a header block is too long");
  }

  private onBlock(id: number, flags: number, block: Uint8Array): boolean {
    const { owner, listener } = this;
    const { heads, limits } = owner.around;
    const endStream = (flags & FLAG.endStream) !== 0;
    const isNew = id > owner.lastStream;
    const known = this.fields.fresh && isNew ? heads.get(block) : undefined;
    if (known !== undefined) {
      this.fields.adopt(known);
      return listener.onRequest(id, known.headers, endStream);
    }
    const { fresh } = this.fields;
    const decoded = this.fields.decode(block, limits.maxHeaderBytes);
    if (decoded === undefined) return owner.fail(ERROR_CODE.compressionError, "a header block cannot be read");
    const { fields, table } = decoded;
    if (!isNew) return listener.onLaterBlock(id, fields, endStream);
    const headers = fields === "too large" ? undefined : parseRequest(fields);
    if (headers !== undefined && fresh) {
      this.fields.share();
      heads.set(block, { fields, table, headers });
    }
    const fault = fields === "too large" ? ERROR_CODE.enhanceYourCalm : ERROR_CODE.protocolError;
    return listener.onRequest(id, headers ?? fault, endStream);
  }
}
