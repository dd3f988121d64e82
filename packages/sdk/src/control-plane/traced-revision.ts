/** A response that one proxy got. */
export interface TracedPush {
  readonly node: string;
  readonly type: string;
  readonly nonce: string;
  readonly resources: number;
  readonly removed: number;
  readonly bytes: number;
  /** Milliseconds from the publication to the push. */
  readonly afterMs: number;
  /** How it was answered, and how long that took; absent while nobody answered. */
  readonly answer?: "ACK" | "NACK";
  readonly answeredMs?: number;
}

/** A revision from its publication to the answers of the proxies. */
export interface TracedRevision {
  readonly revision: number;
  /** How many revisions before it came so soon that they were translated and pushed with it, and are not listed. */
  readonly coalesced: number;
  /** What the change named: objects as `KIND/NAMESPACE/NAME`. */
  readonly objects: readonly string[];
  /** Of more objects than are listed. */
  readonly objectCount: number;
  readonly services: number;
  readonly endpoints: number;
  /** Translations that it caused, by kind. */
  readonly translated: Readonly<Record<string, number>>;
  readonly pushes: readonly TracedPush[];
  /** Pushes beyond those that are kept. */
  readonly morePushes: number;
  /** Connected proxies that it sent nothing to, with the reason; worked out when asked for. */
  readonly untouched: readonly { readonly node: string; readonly reason: string }[];
}
