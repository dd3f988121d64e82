import { join } from "node:path";
import type { Mutant } from "./mutant.ts";

function bug(name: string, test: string, file: string, find: string, replace: string): Mutant {
  return { name: `HTTP/2: ${name}`, edits: [{ file: `http2/${file}`, find, replace }], tests: [join("http2", test)] };
}

const RULES = "error-rules.test.ts";
/** Tests of connections and their streams stand in files by topic. */
const ANY = ".";
const HPACK = "hpack/decoder.test.ts";

/** The protocol below xDS: rules of RFC 9113 and 7541, windows, and what bounds a hostile client. */
export const http2Mutants: readonly Mutant[] = [
  bug(
    "a stream sends more than its window",
    ANY,
    "stream.ts",
    "Math.min(rest, this.sendWindow, owner.sendWindow)",
    "Math.min(rest, owner.sendWindow)",
  ),
  bug(
    "a connection sends more than its window",
    ANY,
    "stream.ts",
    "Math.min(rest, this.sendWindow, owner.sendWindow)",
    "Math.min(rest, this.sendWindow)",
  ),
  bug(
    "a stream that was widened does not go on",
    ANY,
    "stream.ts",
    "if (this.sendWindow > 0 && this.waits) this.owner.want();",
    "",
  ),
  bug("what is held back for a paused call is lost", ANY, "stream.ts", "this.held.push(this.owner.copy(bytes));", ""),
  bug(
    "a paused call gives its window back",
    ANY,
    "stream.ts",
    "this.held.push(this.owner.copy(bytes));",
    "this.held.push(this.owner.copy(bytes));\n      this.consume(bytes.length);",
  ),
  bug(
    "a paused call is told that its client ended",
    ANY,
    "stream.ts",
    "if (this.paused || this.toldEnd || this.over) return;",
    "if (this.toldEnd || this.over) return;",
  ),
  bug(
    "who waits for what was dropped is not told",
    ANY,
    "stream.ts",
    "for (; entry !== undefined; entry = entry.next) entry.taken?.();",
    "",
  ),
  bug("a client is not told to stop", ANY, "stream.ts", "if (early) owner.reset(id, ERROR_CODE.noError);", ""),
  bug("padding is not given back", ANY, "inbound.ts", "if (overhead > 0) receiver.consume(overhead);", ""),
  bug("the connection's window is never widened", ANY, "inbound.ts", "owner.updateWindow(0, this.consumed);", ""),
  bug(
    "a block may be longer than is held",
    ANY,
    "header-blocks.ts",
    "bytes <= maxHeaderBytes && parts.length <= maxContinuations + 1",
    "parts.length <= 2 ** 20",
  ),
  bug(
    "a reset stream costs its client nothing",
    ANY,
    "inbound.ts",
    "stream?.close();\n    return owner.countReset();",
    "stream?.close();\n    return true;",
  ),
  bug(
    "a malformed request costs its client nothing",
    ANY,
    "inbound.ts",
    "headers : ERROR_CODE.protocolError);\n      return owner.countReset();",
    "headers : ERROR_CODE.protocolError);\n      return true;",
  ),
  bug(
    "pings are answered without end",
    ANY,
    "inbound.ts",
    "else owner.answerPing(payload);\n    return owner.countIdleFrame();",
    "else owner.answerPing(payload);\n    return true;",
  ),
  bug(
    "answers pile up that nobody reads",
    ANY,
    "connection.ts",
    "this.controlBytes > this.around.limits.maxControlBytes && !this.over",
    "this.over && !this.over",
  ),
  bug(
    "streams do not take turns",
    ANY,
    "connection.ts",
    "if (stream.waits && sent > 0) this.streams.putLast(stream);",
    "",
  ),
  bug(
    "an end is said before the client has read that it comes",
    ANY,
    "connection.ts",
    "this.sendGoAway(MAX_WINDOW_BYTES, ERROR_CODE.noError",
    "this.sendGoAway(this.lastStream, ERROR_CODE.noError",
  ),
  bug(
    "a connection whose streams are over stays",
    ANY,
    "connection.ts",
    'if (this.going === "yes" && this.streams.size === 0) this.over = true;',
    "",
  ),
  bug(
    "a ping is answered by any other",
    ANY,
    "connection.ts",
    "if (payload[0] === KEEPALIVE) this.pinged = false;",
    "this.pinged = false;\n    if (payload[0] === KEEPALIVE) return;",
  ),
  bug("one connection changes what another remembers", ANY, "header-blocks.ts", "this.fields.share();", ""),
  bug(
    "a framed body is sent on another stream",
    "output.test.ts",
    "output.ts",
    "body === this.body && stream === this.bodyStream",
    "body === this.body",
  ),
  bug("the table's reset is not said", ANY, "header-frames.ts", "if (first === 1) target[to++] = NO_TABLE;", ""),
  bug(
    "a frame of any length is read",
    RULES,
    "inbound.ts",
    'if (length > DEFAULT_MAX_FRAME_BYTES) return owner.fail(ERROR_CODE.frameSizeError, "a frame is too long");',
    "",
  ),
  bug(
    "a block may be interrupted",
    RULES,
    "inbound.ts",
    "openStream !== undefined && (type !== FRAME.continuation || stream !== openStream)",
    "openStream === -1",
  ),
  bug("a window may overflow", RULES, "connection.ts", "if (this.sendWindow > MAX_WINDOW_BYTES) return false;", ""),
  bug(
    "any number of streams is open",
    RULES,
    "inbound.ts",
    "owner.streams.size >= owner.around.limits.maxStreams",
    "owner.streams.size < 0",
  ),
  bug(
    "a number is used again",
    RULES,
    "inbound.ts",
    'return owner.fail(ERROR_CODE.streamClosed, "HEADERS of a stream that is over");',
    "return true;",
  ),
  bug("a pseudo-header field comes twice", RULES, "request-fields.ts", "|| name in headers) return", ") return"),
  bug("fields of HTTP/1.1 pass", RULES, "request-fields.ts", "!CONNECTION_FIELDS.has(name) && ", ""),
  bug("line breaks pass", RULES, "request-fields.ts", "if (!VALUE.test(value)) return undefined;", ""),
  bug(
    "an update of the table's size comes anywhere",
    HPACK,
    "hpack/decoder.ts",
    "if (!mayResize || size > TABLE_BYTES)",
    "if (size > TABLE_BYTES)",
  ),
  bug(
    "the table is as large as a client likes",
    HPACK,
    "hpack/decoder.ts",
    "if (!mayResize || size > TABLE_BYTES)",
    "if (!mayResize)",
  ),
  bug("an integer has no end", HPACK, "hpack/decoder.ts", "count < MAX_INTEGER_BYTES", "count < 100"),
  bug("a bomb is unpacked", HPACK, "hpack/decoder.ts", 'fields: bytes <= maxBytes ? fields : "too large"', "fields"),
  bug(
    "what leaves the table stays in it",
    HPACK,
    "hpack/dynamic-table.ts",
    "if (oldest > 0) this.fields.splice(0, oldest);",
    "",
  ),
  bug(
    "padding of Huffman's code may be anything",
    HPACK,
    "hpack/huffman.ts",
    "return mayEnd[state] === 1 ? text : undefined;",
    "return text;",
  ),
];
