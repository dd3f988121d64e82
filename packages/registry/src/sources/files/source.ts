import { type DecodedDocument, decodeDocument, splitDocuments } from "@portolan/config";
import type { Namespace } from "@portolan/model";
import type { SourceEnvironment, SourceFactory, WatchedSource } from "../../source.ts";
import { SLICE_MS } from "../slice.ts";
import { type FileClient, openFiles } from "./client.ts";
import { applyFiles, type FileChange, type FilesState, noFiles } from "./decode.ts";
import { emptyContent, nextContent, undecoded } from "./document.ts";
import type { FileReading } from "./settle.ts";

export interface FilesOptions {
  /** Name of the source; `files`. */
  readonly name?: string;
  /** Namespace of objects that name none; `default`. */
  readonly namespace?: Namespace;
  /** How long a file has to be left alone before it is read; 20 ms. */
  readonly settleMs?: number;
  /** The same where its content looks cut off: empty, without an end of line, or shorter than it was; 300 ms. */
  readonly graceMs?: number;
  /** Files that are written to for longer do not hold up the others; 500 ms. */
  readonly maxSettleMs?: number;
  /** Everything is looked at that often even where nothing was noticed; 10 s, and 1 s where folders cannot be watched. */
  readonly rescanMs?: number;
}

/**
 * Folders (`*.yaml`, `*.yml`, `*.json`, at any depth) and single files, watched. Of objects that stand twice, the first by path and
 * position stands. `start` rejects with `source-not-found` where a path does not exist.
 */
export function files(...given: readonly (string | FilesOptions)[]): SourceFactory {
  const paths = given.filter((item) => typeof item === "string");
  const options: FilesOptions = Object.assign({}, ...given.filter((item) => typeof item !== "string"));
  return (environment) => createFilesSource(paths, options, environment);
}

function createFilesSource(
  paths: readonly string[],
  options: FilesOptions,
  environment: SourceEnvironment,
): WatchedSource {
  const name = environment.nameFor(options.name ?? "files");
  const namespace = options.namespace ?? ("default" as Namespace);
  let client: FileClient | undefined;
  let running = Promise.resolve();
  let stopped = false;

  async function readContent(state: FilesState, path: string, text: string): Promise<FileChange> {
    const before = state.files.get(path) ?? emptyContent;
    const slices = splitDocuments(text);
    const decoded = new Map<string, DecodedDocument>();
    let sinceMs = environment.nowMs();
    for (const slice of undecoded(before, slices)) {
      decoded.set(slice.text, decodeDocument(slice, { source: name, file: path, namespace }));
      environment.decoded(1);
      if (environment.nowMs() - sinceMs < SLICE_MS) continue;
      await environment.pause();
      sinceMs = environment.nowMs();
    }
    return { kind: "content", path, content: nextContent(before, slices, decoded, { file: path, namespace }) };
  }

  /** One file that trips the decoder must not end the watch of the others. */
  async function tryContent(state: FilesState, path: string, text: string): Promise<FileChange> {
    try {
      return await readContent(state, path, text);
    } catch (error) {
      return {
        kind: "unreadable",
        path,
        reason: `decoding it failed: ${error instanceof Error ? error.message : error}`,
      };
    }
  }

  async function readSettle(state: FilesState, readings: readonly FileReading[]): Promise<FileChange[]> {
    const changes: FileChange[] = [];
    for (const reading of readings) {
      if (reading.kind !== "text") changes.push(reading);
      else changes.push(await tryContent(state, reading.path, reading.text));
    }
    return changes;
  }

  return {
    kind: "watched",
    name,
    async start(emit) {
      const opened = await openFiles({
        paths,
        settleMs: options.settleMs ?? 20,
        graceMs: options.graceMs ?? 300,
        maxSettleMs: options.maxSettleMs ?? 500,
        rescanMs: options.rescanMs ?? 10_000,
        unwatchedRescanMs: Math.min(options.rescanMs ?? 1000, 1000),
      });
      client = opened;
      const synced = Promise.withResolvers<void>();
      running = follow();
      running.then(synced.resolve, synced.reject);
      await synced.promise;

      async function follow(): Promise<void> {
        let state = noFiles;
        let first = true;
        for await (const readings of opened.settles()) {
          const next = applyFiles(state, await readSettle(state, readings), name);
          if (stopped) return;
          state = next.state;
          emit(first ? [...next.settle, { kind: "synced" }] : next.settle);
          first = false;
          synced.resolve();
        }
      }
    },
    async stop() {
      stopped = true;
      client?.close();
      await running.catch(() => {});
    },
  };
}
