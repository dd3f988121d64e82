import { ok, type Result } from "@portolan/model";
import { createRequestLists, type DecodedRequest, decodeRequest } from "./decode-request.ts";
import type { StreamKind } from "./services.ts";
import { fieldAtStart } from "./wire-reader.ts";

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
/** The field of the node, which stands first in a client's first request. */
const NODE_FIELD = { sotw: 2, delta: 1 } as const;

/**
 * Streams that were told the same acknowledge it in the same bytes, one after the other: these are decoded once. So is what
 * stands behind the node in first requests: clients of one kind ask for the same, and come back with the same.
 */
export function createRequestReader(): RequestReader {
  const lists = createRequestLists();
  const kept: Kept[] = [];
  let next = 0;

  /** Of bytes that hold no node, or of another place than the first. */
  function readRest(bytes: Buffer, kind: StreamKind): Result<DecodedRequest> {
    for (const known of kept) {
      if (known.kind === kind && known.bytes.length === bytes.length && known.bytes.equals(bytes)) return known.decoded;
    }
    const decoded = decodeRequest(bytes, kind.dialect, kind.service, lists);
    // A node is of one client, and points into what was read.
    if (decoded.ok && decoded.value.node === undefined && bytes.length <= MAX_BYTES) {
      kept[next] = { bytes: Buffer.from(bytes), kind, decoded };
      next = (next + 1) % KEPT;
    }
    return decoded;
  }

  return {
    read(bytes, kind) {
      const node = fieldAtStart(bytes, NODE_FIELD[kind.dialect]);
      if (node === undefined) return readRest(bytes, kind);
      const rest = readRest(bytes.subarray(node.end), kind);
      // Of a field that comes twice the last one counts.
      if (!rest.ok || rest.value.node !== undefined) return rest;
      return ok({ node: bytes.subarray(node.start, node.end), request: rest.value.request });
    },
  };
}
