import { DEFAULT_SESSION_LIMITS, type SessionLimits } from "../session/limits.ts";

/** Every limit has a value; most of gRPC's own are off unless set. */
export interface XdsLimits extends SessionLimits {
  /** A message from a client; 4 MiB. */
  readonly maxRequestBytes: number;
  /** Streams on one connection; 100. */
  readonly maxStreams: number;
  /** From the start of a connection to the end of its TLS handshake, and from the start of a stream to its node; 10 s. */
  readonly authenticationMs: number;
  /**
   * What a connection may send before one message of it was read whole: frame heads, headers, settings, pings and the
   * like, while a message has its own limit; 64 KiB.
   */
  readonly preAuthenticationBytes: number;
  /** How long `assign` may take; 10 s. */
  readonly assignMs: number;
  /** Assignments that are being decided at one time; others wait for their turn; 16. */
  readonly maxPendingAssignments: number;
  /** A stream that leaves a response unanswered that long is ended; by default never: it is sent nothing more of that type. */
  readonly acknowledgementMs: number;
  /** A connection is pinged that often, and ended where no answer comes within the timeout; 30 s and 10 s. */
  readonly keepaliveMs: number;
  readonly keepaliveTimeoutMs: number;
  /** A connection is asked to go after that time, give or take a tenth, and ended after the grace; 30 min and 30 s. */
  readonly maxConnectionAgeMs: number;
  readonly maxConnectionAgeGraceMs: number;
  /** How deep the metadata of a node may be nested; 32. */
  readonly maxMetadataDepth: number;
  /** Nodes whose rejected versions are remembered; 10,000. */
  readonly maxRememberedNodes: number;
}

export const DEFAULT_XDS_LIMITS: XdsLimits = {
  ...DEFAULT_SESSION_LIMITS,
  maxRequestBytes: 4 * 1024 * 1024,
  maxStreams: 100,
  authenticationMs: 10_000,
  preAuthenticationBytes: 64 * 1024,
  assignMs: 10_000,
  maxPendingAssignments: 16,
  acknowledgementMs: Number.POSITIVE_INFINITY,
  keepaliveMs: 30_000,
  keepaliveTimeoutMs: 10_000,
  maxConnectionAgeMs: 30 * 60_000,
  maxConnectionAgeGraceMs: 30_000,
  maxMetadataDepth: 32,
  maxRememberedNodes: 10_000,
};
