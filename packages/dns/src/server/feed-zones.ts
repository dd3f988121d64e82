import {
  createVisibleSets,
  type Hostname,
  type MeshChange,
  type MeshSnapshot,
  SERVICE_SUFFIX,
  type SnapshotFeed,
  type VisibleSet,
} from "@portolan/model";
import { changedHosts, rescopedHosts } from "../zone/mesh-changes.ts";
import { publicScope, visibleScope } from "../zone/scope.ts";
import type { Zone, ZoneOptions } from "../zone/zone.ts";
import { type SwapMessage, swapChannel } from "./channels.ts";
import { createViewZone, inTurn, type ViewSight, type ViewZone } from "./view-zone.ts";
import { createZoneReports } from "./zone-problems.ts";
import { type DnsView, PUBLIC, type Zones, type ZoneWatcher } from "./zone-source.ts";

/** A registry says with `synced` whether its snapshot counts; a plain feed's counts from revision 1 on. */
export type ZoneFeed = SnapshotFeed & { readonly synced?: boolean };

export interface FeedZonesOptions {
  readonly feed: ZoneFeed;
  readonly viewOf: ((address: string) => DnsView | undefined) | undefined;
  /** Undefined: the mesh's owned suffixes. */
  readonly suffixes: readonly string[] | undefined;
  readonly zone: Pick<ZoneOptions, "ttlSeconds" | "unknownNames" | "search">;
}

/** Views of proxies that are kept; the one that was not asked for the longest time goes first. */
const MAX_VIEWS = 64;

interface ProxyZone {
  readonly number: number;
  readonly view: DnsView;
  readonly zone: ViewZone;
  visible: VisibleSet;
  sight: ViewSight;
}

/** Zones that follow a feed, one a view; a view's first question makes its zone. */
export function createFeedZones({ feed, viewOf, suffixes, zone: zoneOptions }: FeedZonesOptions): Zones {
  const visibleSets = createVisibleSets();
  const watchers = new Set<ZoneWatcher>();
  let swaps = 0;
  let lastNumber = PUBLIC;
  const swapped = (number: number, zone: Zone) => {
    swaps++;
    for (const watcher of watchers) watcher.swapped(number, zone);
  };
  const reportProblems = createZoneReports();
  const everyone = createViewZone("public", (zone) => {
    swapped(PUBLIC, zone);
    reportProblems(zone);
    swapChannel.publish({ serial: zone.serial, names: zone.table.size } satisfies SwapMessage);
  });
  /** By scope and mode, in the order in which they were last asked. */
  const proxies = new Map<string, ProxyZone>();
  let snapshot: MeshSnapshot | undefined;
  let options = optionsOf(feed.snapshot);

  function optionsOf({ settings }: MeshSnapshot): ZoneOptions {
    return {
      ...zoneOptions,
      suffixes: [...(suffixes ?? settings.ownedSuffixes), SERVICE_SUFFIX],
      pools: [settings.bindPool, settings.capturePool],
    };
  }

  function publicSight(mesh: MeshSnapshot): ViewSight {
    return { mesh, scope: publicScope(mesh), options };
  }

  function forget(key: string, { number, zone }: ProxyZone): void {
    zone.close();
    proxies.delete(key);
    for (const watcher of watchers) watcher.gone(number);
  }

  function begin(mesh: MeshSnapshot): void {
    snapshot = mesh;
    options = optionsOf(mesh);
    for (const [key, proxy] of proxies) forget(key, proxy);
    everyone.follow(publicSight(mesh), mesh.servicesByHost.keys(), true);
  }

  function published(mesh: MeshSnapshot, change: MeshChange): void {
    const before = snapshot;
    if (before === undefined || change.settings || change.from !== before.revision) begin(mesh);
    else follow(before, mesh, change);
    for (const watcher of watchers) watcher.published();
  }

  function follow(before: MeshSnapshot, mesh: MeshSnapshot, change: MeshChange): void {
    snapshot = mesh;
    const hosts = changedHosts(before, mesh, change);
    everyone.follow(publicSight(mesh), hosts, false);
    for (const [key, proxy] of proxies) {
      const visible = visibleSets.of(mesh, proxy.view.namespace, proxy.view.labels);
      if (visible.key !== proxy.visible.key) {
        forget(key, proxy);
        continue;
      }
      const sight = { mesh, scope: visibleScope(visible), options };
      const rescoped = change.sidecars.size > 0 ? rescopedHosts(proxy.sight.scope, sight.scope) : [];
      proxy.visible = visible;
      proxy.sight = sight;
      proxy.zone.follow(sight, inTurn<Hostname | undefined>([hosts, rescoped]), false);
    }
  }

  function proxyZone(mesh: MeshSnapshot, view: DnsView): ProxyZone {
    const visible = visibleSets.of(mesh, view.namespace, view.labels);
    const key = keyOf(view, visible);
    let proxy = proxies.get(key);
    if (proxy === undefined) {
      const sight = { mesh, scope: visibleScope(visible), options };
      const number = ++lastNumber;
      proxy = { number, view, zone: createViewZone(view.mode, (zone) => swapped(number, zone)), visible, sight };
      proxy.zone.follow(sight, visible.byHost.keys(), true);
      for (const [oldest, idle] of proxies) {
        if (proxies.size < MAX_VIEWS) break;
        forget(oldest, idle);
      }
    } else proxies.delete(key);
    proxies.set(key, proxy);
    return proxy;
  }

  const stop = feed.onPublish(published);
  if (feed.synced ?? feed.snapshot.revision > 0) begin(feed.snapshot);

  return {
    zoneFor(address) {
      if (snapshot === undefined) return undefined;
      const view = viewOf?.(address);
      const found = view === undefined ? everyone : proxyZone(snapshot, view).zone;
      return found.zone ?? found;
    },
    numberFor(address) {
      if (snapshot === undefined) return undefined;
      const view = viewOf?.(address);
      return view === undefined ? PUBLIC : proxyZone(snapshot, view).number;
    },
    knownNumber(address) {
      if (snapshot === undefined) return undefined;
      const view = viewOf?.(address);
      if (view === undefined) return PUBLIC;
      return proxies.get(keyOf(view, visibleSets.of(snapshot, view.namespace, view.labels)))?.number;
    },
    watch(watcher) {
      watchers.add(watcher);
      const known = [{ number: PUBLIC, zone: everyone }, ...proxies.values()];
      for (const { number, zone } of known) if (zone.zone !== undefined) watcher.swapped(number, zone.zone);
      return () => watchers.delete(watcher);
    },
    get zone() {
      return everyone.zone;
    },
    get swaps() {
      return swaps;
    },
    get views() {
      return 1 + proxies.size;
    },
    close() {
      stop();
      everyone.close();
      for (const { zone } of proxies.values()) zone.close();
    },
  };
}

/** Views that see the same and have the same addresses are one. */
function keyOf(view: DnsView, visible: VisibleSet): string {
  return `${view.mode} ${visible.key}`;
}
