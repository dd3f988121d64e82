import type { Result } from "@portolan/model";
import { createRequestLists, type DecodedRequest, decodeRequest } from "./decode-request.ts";
import type { StreamKind } from "./services.ts";

/** Reads what clients send. */
export interface RequestReader {
  read(bytes: Buffer, kind: StreamKind): Result<DecodedRequest>;
}

interface Kept {
  readonly bytes: Buffer;
  readonly kind: StreamKind;
  readonly decoded: Result<DecodedRequest>;
}

const KEPT = 4;
const MAX_BYTES = 256 * 1024;

/** Streams that were told the same acknowledge it in the same bytes, one after the other: these are decoded once. */
export function createRequestReader(): RequestReader {
  const lists = createRequestLists();
  const kept: Kept[] = [];
  let next = 0;
  return {
    read(bytes, kind) {
      for (const known of kept) {
        if (known.kind === kind && known.bytes.length === bytes.length && known.bytes.equals(bytes))
          return known.decoded;
      }
      const decoded = decodeRequest(bytes, kind.dialect, kind.service, lists);
      // A node is of one client, and points into what was read.
      if (decoded.ok && decoded.value.node === undefined && bytes.length <= MAX_BYTES) {
        kept[next] = { bytes: Buffer.from(bytes), kind, decoded };
        next = (next + 1) % KEPT;
      }
      return decoded;
    },
  };
}
