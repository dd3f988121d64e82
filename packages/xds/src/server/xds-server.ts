import type { SnapshotStore } from "../snapshot/snapshot-store.ts";
import type { Assign } from "./assign.ts";
import type { GrpcService } from "./further-services.ts";
import type { XdsLimits } from "./limits.ts";
import type { TlsCertificates } from "./mutual-tls.ts";
import type { XdsConnection, XdsReport } from "./report.ts";
import type { SecretSource } from "./secret-source.ts";

export interface XdsServerOptions {
  readonly store: SnapshotStore;
  readonly assign: Assign;
  /** Without it, `default` and `ROOTCA` are secrets that do not exist. */
  readonly secrets?: SecretSource;
  readonly listen: readonly XdsListener[];
  /** Further gRPC services on the same ports. */
  readonly services?: readonly GrpcService[];
  readonly limits?: Partial<XdsLimits>;
  /** The identifier in each response; `portolan`. */
  readonly controlPlane?: string;
  /**
   * Who is told the TTLs of resources. `announced` (default): clients that announce `xds.config.supports-resource-ttl`, and for
   * SotW `xds.config.resource-in-sotw` as well. `always`: all of them, since Envoy 1.40 keeps TTLs and announces nothing; but in
   * SotW of clusters and listeners only, unless announced: it crashes where a TTL of endpoints or routes runs out there.
   */
  readonly ttl?: "announced" | "always";
  /**
   * Beginnings of the user agents (`gRPC Go`, ...) that understand `resource_errors` (xRFC TP3); default none, since no client
   * announces it. In SotW they are told at once that what they ask for by name is not there, instead of waiting for 15 s.
   */
  readonly resourceErrors?: readonly string[];
  /** Milliseconds that only grow; `performance.now`. Worker threads go on from what it says when they start. */
  readonly now?: () => number;
  /**
   * Threads that serve the streams, each listening on the same ports (Linux, FreeBSD, Solaris, AIX; elsewhere this thread
   * does it all). Functions that were given run in this thread. 0: this thread serves.
   */
  readonly workers?: number;
}

export interface XdsListener {
  /** An IP address, or `localhost`. */
  readonly address: string;
  /** 0: any that is free; see `XdsServer.addresses`. */
  readonly port: number;
  /** Mutual TLS; absent: plaintext, where identity is only a claim and no secret is served. */
  readonly tls?: TlsCertificates | undefined;
  /** Plaintext on an address that is not loopback is refused unless this is spelled out. */
  readonly insecure?: boolean;
}

export interface BoundAddress {
  readonly address: string;
  readonly port: number;
  readonly transport: "mtls" | "plaintext";
}

export interface XdsServer extends AsyncDisposable {
  /**
   * Once; called again it is the same start. It may be tried again where it failed, and not after `stop`.
   *
   * @throws XdsError `listen-failed`; nothing is listened on then.
   */
  start(): Promise<void>;
  /** Where it listens, in the order of `listen`. */
  readonly addresses: readonly BoundAddress[];
  /** Streams that are assigned, in the order in which they were opened. Those of worker threads as far as they have told. */
  connections(): readonly XdsConnection[];
  /** Each report as it happens, also on the diagnostics channels `portolan:xds:KIND`. Gives the function that ends it. */
  onReport(listener: (report: XdsReport) => void): () => void;
  /** Called where `connections()` may say something else without a report; it does so for streams of worker threads. */
  onStatus(listener: () => void): () => void;
  /**
   * New handshakes, on every listener with TLS, use these from now on; open connections stay.
   *
   * @throws XdsError `bad-certificate`; the former ones stay in use.
   */
  setCertificates(certificates: TlsCertificates): void;
  /** Ends the streams with UNAVAILABLE, tells clients to go (GOAWAY), and cuts what is left after the grace; 5 s. */
  stop(graceMs?: number): Promise<void>;
}
