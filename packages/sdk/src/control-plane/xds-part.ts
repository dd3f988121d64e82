import type { Problem, ProxyView, SnapshotFeed } from "@portolan/model";
import type { TranslationCounts, ViewedResource, XdsConnection, XdsReport } from "@portolan/xds";
import type { ListenAddress } from "../listen-address.ts";
import type { MeteredAuthority } from "./authority.ts";
import type { PushTimes } from "./push-times.ts";
import type { TracedRevision } from "./traced-revision.ts";

/** The xDS server that runs, as the admin API, metrics and `applied` see it. */
export interface XdsPart extends AsyncDisposable {
  readonly address: ListenAddress;
  readonly plaintext: ListenAddress | undefined;
  readonly authority: Pick<MeteredAuthority, "counts" | "expiry">;
  connections(): readonly ConnectedProxy[];
  /** What a stream is to have of the types that it asked for; never secrets. */
  resourcesOf(connection: XdsConnection): readonly ViewedResource[];
  /** What is translated and pushed; in a storm of changes behind the registry by up to 100 ms. */
  readonly feed: SnapshotFeed;
  /** Each thing that happens on a stream. Gives the function that ends it. */
  onReport(listener: (report: XdsReport) => void): () => void;
  readonly pushTimes: Pick<PushTimes, "onPushed" | "settle">;
  /** Called where `connections()` may say something else without a report. */
  onStatus(listener: () => void): () => void;
  counts(): TranslationCounts;
  /**
   * Reads the authority's files again; what is issued from now on, the server's own certificate first, is by what they hold.
   *
   * @throws IdentityError; the former authority stays
   */
  reloadCertificates(): Promise<void>;
  /** The last revisions and what became of them, the newest first. */
  pushes(): readonly TracedRevision[];
}

/** A stream and the proxy at its other end. */
export interface ConnectedProxy {
  readonly connection: XdsConnection;
  readonly proxy: ProxyView;
  /** What it does not get, and why. */
  readonly problems: readonly Problem[];
  /** What it rejected, with the objects that this was made from. */
  readonly rejections: readonly RejectedObject[];
}

/** A resource that a proxy rejected. */
export interface RejectedObject {
  /** `CDS`, ... */
  readonly type: string;
  readonly name: string;
  /** The proxy's own words. */
  readonly message: string;
  /** For an address that is in use: node ids of the proxies that hold the same listener, one of which may be on its host. */
  readonly holders: readonly string[];
  /** `KIND NAMESPACE/NAME at FILE:LINE:COLUMN`. */
  readonly objects: readonly string[];
}
