import { connect } from "node:net";
import { writeU16 } from "../wire/bytes.ts";
import { createFrameReader } from "../wire/frames.ts";
import type { Response } from "../wire/response.ts";
import { matching } from "./matching.ts";
import { randomU16 } from "./random.ts";
import type { Upstream } from "./upstream.ts";

/**
 * One question to an upstream over TCP (RFC 7766), on a connection of its own. The listener is called once, with undefined
 * where nothing fitting came within `timeoutMs`; the function that it gives stops the exchange without a call.
 */
export function exchangeTcp(
  upstream: Upstream,
  query: Uint8Array,
  timeoutMs: number,
  listener: (response: Response | undefined) => void,
): () => void {
  const framed = new Uint8Array(query.length + 2);
  framed.set(query, 2);
  writeU16(framed, 0, query.length);
  writeU16(framed, 2, randomU16());
  const sent = framed.subarray(2);
  const socket = connect({ host: upstream.address, port: upstream.port });
  const reader = createFrameReader(65_535);
  let done = false;

  function finish(response: Response | undefined, tell = true): void {
    if (done) return;
    done = true;
    clearTimeout(timer);
    socket.destroy();
    if (tell) listener(response);
  }

  const timer = setTimeout(() => finish(undefined), timeoutMs);
  socket.on("connect", () => socket.write(framed));
  socket.on("error", () => finish(undefined));
  socket.on("close", () => finish(undefined));
  socket.on("data", (chunk) => {
    const frames = reader.push(chunk);
    const outcome = typeof frames === "string" || frames[0] === undefined ? undefined : matching(frames[0], sent);
    if (typeof frames === "string" || frames.length > 0) finish(typeof outcome === "string" ? undefined : outcome);
  });
  return () => finish(undefined, false);
}
