import type { Hostname, MeshSnapshot } from "@portolan/model";
import { updateZone, updateZoneInSteps } from "../zone/compile.ts";
import { emptyZone } from "../zone/empty-zone.ts";
import { changedRecords, type MeshSight } from "../zone/mesh-changes.ts";
import type { AddressView } from "../zone/mesh-records.ts";
import type { Scope } from "../zone/scope.ts";
import type { Zone, ZoneOptions } from "../zone/zone.ts";
import { runInSlices } from "./slices.ts";

/** The zone of one view, kept up to date. */
export interface ViewZone {
  /** Undefined while the first one is compiled. */
  readonly zone: Zone | undefined;
  /** Calls back when there is a zone; false where too many wait already. */
  whenReady(listener: () => void): boolean;
  /** Makes the hosts answer as the sight says. A fresh start forgets what was compiled; the old zone answers until the new one is whole. */
  follow(after: ViewSight, hosts: Iterable<Hostname | undefined>, fresh: boolean): void;
  close(): void;
}

export interface ViewSight extends MeshSight {
  readonly mesh: MeshSnapshot;
  readonly scope: Scope;
  readonly options: ZoneOptions;
}

/** Up to so many hosts are compiled at once, so that the first query after a publication sees them; more take slices. */
const HOSTS_AT_ONCE = 300;
const MAX_WAITING = 512;

export function createViewZone(view: AddressView, onSwap: (zone: Zone) => void): ViewZone {
  let zone: Zone | undefined;
  let before: ViewSight | undefined;
  let after: ViewSight | undefined;
  let startOver = false;
  /** Hosts to compile: those that were counted, and what is to be read yet where there are many. */
  let dirty = new Set<Hostname>();
  let rest: Iterable<Hostname | undefined>[] = [];
  let cancel: (() => void) | undefined;
  let waiting: (() => void)[] = [];

  function swap(next: Zone, sight: ViewSight): void {
    zone = next;
    before = sight;
    onSwap(next);
    const ready = waiting;
    waiting = [];
    for (const listener of ready) listener();
  }

  function forget(): void {
    dirty = new Set();
    rest = [];
  }

  /** Reads no more than so many that they are compiled at once: the rest is read in slices. */
  function add(hosts: Iterable<Hostname | undefined>): void {
    const iterator = hosts[Symbol.iterator]();
    for (let read = 0; read <= HOSTS_AT_ONCE; read++) {
      const next = iterator.next();
      if (next.done === true) return;
      if (next.value !== undefined) dirty.add(next.value);
    }
    rest.push({ [Symbol.iterator]: () => iterator });
  }

  function compile(): void {
    const sight = after;
    if (sight === undefined || cancel !== undefined) return;
    if (dirty.size === 0 && rest.length === 0 && !startOver) {
      before = sight;
      return;
    }
    const base = startOver || zone === undefined ? emptyZone(sight.options) : zone;
    const few = rest.length === 0 && dirty.size <= HOSTS_AT_ONCE;
    const changes = changedRecords(
      startOver ? undefined : before,
      sight,
      inTurn<Hostname | undefined>([dirty, ...rest]),
      view,
    );
    forget();
    startOver = false;
    if (few) {
      swap(updateZone(base, changes, sight.mesh.revision), sight);
      return;
    }
    let finished = false;
    const stop = runInSlices(updateZoneInSteps(base, changes, sight.mesh.revision), (next) => {
      finished = true;
      cancel = undefined;
      swap(next, sight);
      compile();
    });
    if (!finished) cancel = stop;
  }

  return {
    get zone() {
      return zone;
    },
    whenReady(listener) {
      if (waiting.length >= MAX_WAITING) return false;
      waiting.push(listener);
      return true;
    },
    follow(sight, hosts, fresh) {
      if (fresh) {
        cancel?.();
        cancel = undefined;
        startOver = true;
        forget();
      }
      after = sight;
      add(hosts);
      compile();
    },
    close() {
      cancel?.();
      waiting = [];
    },
  };
}

/** One list after the other, each read only then. */
export function* inTurn<Item>(lists: readonly Iterable<Item>[]): Generator<Item> {
  for (const list of lists) yield* list;
}
