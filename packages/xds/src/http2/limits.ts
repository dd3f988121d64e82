import type { Rate } from "./allowance.ts";

export interface Http2Limits {
  /** That are open on a connection at one time. */
  readonly maxStreams: number;
  /** Of a header section, each field with 32 more (RFC 9113, section 10.5.1). A block as it is sent may be as long. */
  readonly maxHeaderBytes: number;
  /** CONTINUATION frames of one block. */
  readonly maxContinuations: number;
  /** Answers that wait because the peer does not read. */
  readonly maxControlBytes: number;
  /** Streams that end before they were answered (CVE-2023-44487, CVE-2025-8671). */
  readonly resets: Rate;
  /** Frames that move nothing: PING, SETTINGS, PRIORITY, empty DATA, updates of windows, unknown ones. */
  readonly idleFrames: Rate;
}

/** All but the first; nothing here is to be tuned: clients of gRPC stay far below. */
export const DEFAULT_HTTP2_LIMITS: Omit<Http2Limits, "maxStreams"> = {
  maxHeaderBytes: 16 * 1024,
  maxContinuations: 8,
  maxControlBytes: 128 * 1024,
  resets: { atOnce: 500, perSecond: 50 },
  idleFrames: { atOnce: 10_000, perSecond: 2_000 },
};
