import { setImmediate as immediate } from "node:timers/promises";
import { defaultMeshSettings, emptySnapshot, type ObjectKey } from "@portolan/model";
import { RegistryError } from "../errors.ts";
import { badObjects } from "../problem-lines.ts";
import type { Registry, RegistryOptions, WriteResult } from "../registry.ts";
import { restoredState } from "../revision/state.ts";
import type { Settle, Source, SourceEnvironment, StoredManifest, WriteChange } from "../source.ts";
import { createMemoryStore, type Store } from "../store/store.ts";
import { openAdaptiveStore } from "../store/thread/adaptive-store.ts";
import { createPublication } from "./publication.ts";
import { createTurnover, type Turnover } from "./turnover.ts";

/** A registry that is not started yet; nothing is opened or read before `start()`. */
export function createRegistry(options: RegistryOptions): Registry {
  return createRegistryOn(options, openAdaptiveStore);
}

/** As above, with a store of one's own in the data folder. */
export function createRegistryOn(options: RegistryOptions, openStore: (directory: string) => Store): Registry {
  const nowMs = options.now ?? (() => performance.now());
  const publication = createPublication();
  const empty = emptySnapshot({ ...defaultMeshSettings(), ...options.settings });
  let documentsDecoded = 0;
  let stored: readonly StoredManifest[] = [];
  let store: Store | undefined;
  let turnover: Turnover | undefined;
  let phase: "new" | "starting" | "running" | "stopped" = "new";
  let stopping: Promise<void> | undefined;

  const names = new Set<string>();
  const sources = options.sources.map((create) => {
    let name = "";
    const environment: SourceEnvironment = {
      nameFor(wanted) {
        name = wanted;
        for (let count = 2; names.has(name); count++) name = `${wanted}-${count}`;
        names.add(name);
        return name;
      },
      nowMs,
      pause: () => immediate(),
      stored: () => stored.filter((manifest) => manifest.source === name),
      decoded: (documents) => {
        documentsDecoded += documents;
      },
    };
    return create(environment);
  });
  const writable = sources.find((source) => source.kind === "writable");

  async function start(): Promise<void> {
    if (phase !== "new") throw new RegistryError("not-running", "a registry is started once");
    phase = "starting";
    try {
      store = options.data === undefined ? createMemoryStore() : openStore(options.data);
      const state = store.load();
      stored = state.manifests;
      const running = createTurnover({
        options,
        nowMs,
        store,
        publication,
        sources,
        state: restoredState(state, empty, nowMs()),
      });
      turnover = running;
      const initial = await gather(sources, (source, settle) => {
        if (phase !== "stopped") running.add(source.name, settle);
      });
      stored = [];
      const refuseStopped = () => {
        if (stopping === undefined) return;
        throw new RegistryError("not-running", "the registry was stopped while it started");
      };
      refuseStopped();
      await running.begin(initial);
      refuseStopped();
      phase = "running";
    } catch (error) {
      await stop();
      throw error;
    }
  }

  function stop(): Promise<void> {
    stopping ??= (async () => {
      phase = "stopped";
      await Promise.allSettled(sources.map((source) => source.stop()));
      await turnover?.end();
      await store?.close();
    })();
    return stopping;
  }

  async function write(change: WriteChange): Promise<WriteResult> {
    if (phase !== "running" || turnover === undefined)
      throw new RegistryError(
        "not-running",
        "the registry is not running: it takes writes after start() and before stop()",
      );
    if (writable === undefined) throw new RegistryError("read-only", "this registry has no source that can be written");
    const decoded = writable.decode(change);
    if (!decoded.ok) throw badObjects(decoded.error);
    return turnover.write(writable.name, decoded.value);
  }

  return {
    get snapshot() {
      return turnover?.state.snapshot ?? empty;
    },
    get synced() {
      return phase === "running";
    },
    get counts() {
      return { documentsDecoded, revisionsPublished: turnover?.revisionsPublished ?? 0 };
    },
    onPublish: publication.onPublish,
    problems: () => turnover?.problems() ?? [],
    object: (key) => turnover?.state.snapshot.objects.get(key),
    originOf: (key: ObjectKey) => turnover?.state.claims.get(key)?.[0]?.origin,
    manifest: (key: ObjectKey) => turnover?.state.claims.get(key)?.[0]?.manifest.text,
    async copyData() {
      if (phase !== "running" || store === undefined) {
        throw new RegistryError(
          "not-running",
          "the registry is not running: its data can be copied between start() and stop()",
        );
      }
      return store.copy();
    },
    start,
    stop,
    write,
    [Symbol.asyncDispose]: stop,
  };
}

/** Starts every source; what they say until the last of them has said everything is one batch, what was written coming first. */
async function gather(
  sources: readonly Source[],
  later: (source: Source, settle: Settle) => void,
): Promise<{ source: string; settle: Settle; exclusive: boolean }[]> {
  const initial = new Map<Source, Settle[]>(sources.map((source) => [source, []]));
  let gathering = true;
  const starts = sources.map((source) =>
    source.start((settle) => {
      if (gathering) initial.get(source)?.push(settle);
      else later(source, settle);
    }),
  );
  await Promise.all(starts);
  gathering = false;
  const ordered = [...initial].sort(([a], [b]) => Number(b.kind === "writable") - Number(a.kind === "writable"));
  return ordered.flatMap(([{ name }, settles]) =>
    settles.map((settle) => ({ source: name, settle, exclusive: false })),
  );
}
