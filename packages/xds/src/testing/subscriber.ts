import type { Dialect, SessionRequest } from "../session/protocol.ts";
import type { Delivered } from "./model-client.ts";
import { typeNamed } from "./resources.ts";

export const SUBSCRIBED_TYPES = ["CDS", "EDS", "LDS", "RDS"] as const;
export type SubscribedType = (typeof SUBSCRIBED_TYPES)[number];

interface Subscription {
  readonly has: Map<string, string>;
  readonly names: Set<string>;
  /** The rule that a first request without names means `*` is still in force. */
  implicit: boolean;
  opened: boolean;
  nonce: string;
}

/**
 * A client that subscribes to whatever it likes, `*` and names that do not exist included, and forgets what it unsubscribes
 * from. It knows nothing of what refers to what: only the rules of subscriptions.
 */
export interface Subscriber {
  connect(): readonly SessionRequest[];
  /** A first request without names, which means `*` for clusters and listeners. */
  open(type: SubscribedType): readonly SessionRequest[];
  subscribe(type: SubscribedType, name: string): readonly SessionRequest[];
  unsubscribe(type: SubscribedType, name: string): readonly SessionRequest[];
  receive(delivered: Delivered): readonly SessionRequest[];
  /** `CDS a` -> version. */
  state(): ReadonlyMap<string, string>;
  wants(type: SubscribedType, name: string): boolean;
  readonly complaints: readonly string[];
}

export function createSubscriber(dialect: Dialect): Subscriber {
  const subscriptions = new Map(
    SUBSCRIBED_TYPES.map((type): [SubscribedType, Subscription] => [
      type,
      { has: new Map(), names: new Set(), implicit: true, opened: false, nonce: "" },
    ]),
  );
  const complaints: string[] = [];

  function of(type: SubscribedType): Subscription {
    return subscriptions.get(type) as Subscription;
  }

  function isWildcard(type: SubscribedType): boolean {
    const { names, implicit, opened } = of(type);
    return names.has("*") || (implicit && opened && typeNamed(type).wildcard === "implicit");
  }

  function wants(type: SubscribedType, name: string): boolean {
    return of(type).opened && (of(type).names.has(name) || isWildcard(type));
  }

  function forgetUnwanted(type: SubscribedType): void {
    for (const name of [...of(type).has.keys()]) if (!wants(type, name)) of(type).has.delete(name);
  }

  /** In SotW the whole subscription, under the newest nonce; in delta what changes. */
  function request(type: SubscribedType, change: { subscribe?: string[]; unsubscribe?: string[] }): SessionRequest {
    const { typeUrl } = typeNamed(type);
    const { names, nonce, has, opened } = of(type);
    of(type).opened = true;
    if (dialect === "sotw") return { kind: "sotw", typeUrl, names: [...names], nonce, error: undefined };
    const initialVersions = opened ? new Map<string, string>() : new Map(has);
    const { subscribe = [], unsubscribe = [] } = change;
    return { kind: "delta", typeUrl, subscribe, unsubscribe, initialVersions, nonce: "", error: undefined };
  }

  return {
    complaints,
    wants,
    connect() {
      return SUBSCRIBED_TYPES.flatMap((type) => {
        const subscription = of(type);
        const asks = subscription.names.size > 0 || isWildcard(type);
        subscription.nonce = "";
        subscription.opened = false;
        subscription.implicit = subscription.names.size === 0;
        // No names would mean `*` on a new stream: who wants nothing does not ask.
        if (asks) return [request(type, { subscribe: [...subscription.names] })];
        subscription.has.clear();
        return [];
      });
    },
    open(type) {
      return of(type).opened || of(type).names.size > 0 ? [] : [request(type, {})];
    },
    subscribe(type, name) {
      const { names, has } = of(type);
      // In SotW a name that is there already is no news, and a `*` that nobody asked for ends when a name is given.
      if (dialect === "sotw" && names.has(name)) return [];
      if (dialect === "sotw") of(type).implicit = false;
      else if (name !== "*") has.delete(name);
      if (dialect === "delta" && of(type).implicit && of(type).opened && isWildcard(type)) names.add("*");
      of(type).implicit = false;
      names.add(name);
      const sent = request(type, { subscribe: [name] });
      forgetUnwanted(type);
      return [sent];
    },
    unsubscribe(type, name) {
      const { names, has, opened } = of(type);
      if (!opened || (dialect === "sotw" && !names.has(name))) return [];
      if (dialect === "delta" && of(type).implicit && isWildcard(type)) names.add("*");
      of(type).implicit = of(type).implicit && dialect === "sotw";
      if (names.delete(name) && dialect === "delta" && name !== "*") has.delete(name);
      forgetUnwanted(type);
      return [request(type, { unsubscribe: [name] })];
    },
    receive({ response, nonce }) {
      const type = SUBSCRIBED_TYPES.find((each) => typeNamed(each).typeUrl === response.typeUrl) as SubscribedType;
      const subscription = of(type);
      const { has } = subscription;
      subscription.nonce = nonce;
      const told = response.resources.map(({ name }) => name);
      if (new Set(told).size < told.length) complaints.push(`${type}: a name twice`);
      if (dialect === "sotw" && typeNamed(type).fullState) has.clear();
      for (const { name, version } of response.resources) {
        if (version === "none") has.delete(name);
        else if (wants(type, name)) has.set(name, version);
      }
      for (const name of response.removed) has.delete(name);
      return [{ ...request(type, {}), nonce }];
    },
    state() {
      return new Map(
        SUBSCRIBED_TYPES.flatMap((type) =>
          [...of(type).has].map(([name, version]) => [`${type} ${name}`, version] as const),
        ),
      );
    },
  };
}
