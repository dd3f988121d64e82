import type { Problem, ProxyView } from "@portolan/model";
import type { TranslationCounts, XdsConnection, XdsReport } from "@portolan/xds";
import type { ListenAddress } from "../listen-address.ts";
import type { MeteredAuthority } from "./authority.ts";

/** The xDS server that runs, as the admin API, metrics and `applied` see it. */
export interface XdsPart extends AsyncDisposable {
  readonly address: ListenAddress;
  readonly plaintext: ListenAddress | undefined;
  readonly authority: Pick<MeteredAuthority, "counts" | "expiry">;
  connections(): readonly ConnectedProxy[];
  /** Each thing that happens on a stream. Gives the function that ends it. */
  onReport(listener: (report: XdsReport) => void): () => void;
  counts(): TranslationCounts;
}

/** A stream and the proxy at its other end. */
export interface ConnectedProxy {
  readonly connection: XdsConnection;
  readonly proxy: ProxyView;
  /** What it does not get, and why. */
  readonly problems: readonly Problem[];
}
