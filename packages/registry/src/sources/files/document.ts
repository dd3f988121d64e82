import { type DecodedDocument, type DocumentSlice, moveDocument } from "@portolan/config";
import {
  formatOrigin,
  keyOf,
  type MeshObject,
  type Namespace,
  type ObjectKey,
  type Origin,
  type Problem,
} from "@portolan/model";
import type { Manifest } from "../../source.ts";

/** What a file says, after what it said before. */
export interface FileContent {
  /** Decoded documents by their text: one whose text is known is not decoded again. */
  readonly documents: ReadonlyMap<string, DecodedDocument>;
  /** In the order of the file; what it no longer says well keeps its last good version. */
  readonly objects: ReadonlyMap<ObjectKey, HeldObject>;
  readonly problems: readonly Problem[];
}

export interface HeldObject {
  /** As it was decoded: the same reference as long as the document's text is the same, wherever the document moves to. */
  readonly object: MeshObject;
  /** The same with the positions at which it stands now. */
  readonly placed: MeshObject;
  readonly manifest: Manifest;
}

export const emptyContent: FileContent = { documents: new Map(), objects: new Map(), problems: [] };

/** Those documents of a file that were not decoded before. */
export function undecoded(before: FileContent, slices: readonly DocumentSlice[]): readonly DocumentSlice[] {
  const seen = new Set<string>();
  return slices.filter(({ text }) => {
    if (seen.has(text) || before.documents.has(text)) return false;
    seen.add(text);
    return true;
  });
}

export interface FilePlace {
  readonly file: string;
  readonly namespace: Namespace;
}

/** `decoded` holds what `undecoded` asked for, by text. */
export function nextContent(
  before: FileContent,
  slices: readonly DocumentSlice[],
  decoded: ReadonlyMap<string, DecodedDocument>,
  place: FilePlace,
): FileContent {
  const documents = new Map<string, DecodedDocument>();
  const objects = new Map<ObjectKey, HeldObject>();
  const problems: Problem[] = [];
  let unreadable = false;
  for (const { text, line } of slices) {
    const document = before.documents.get(text) ?? decoded.get(text);
    if (document === undefined) continue;
    documents.set(text, document);
    const here = moveDocument(document, line);
    problems.push(...here.problems);
    unreadable ||= document.unreadable;
    for (const [at, object] of document.objects.entries()) {
      const key = keyOf(object);
      const placed = here.objects[at] ?? object;
      const owner = objects.get(key);
      if (owner !== undefined) problems.push(saidTwice(key, owner.placed.meta.origin, placed.meta.origin));
      else objects.set(key, { object, placed, manifest: { text, line, ...place } });
    }
    for (const key of document.rejected) keep(key);
  }
  // It cannot be told which object the broken document describes: it is one of those that seem to be missing.
  if (unreadable) for (const key of before.objects.keys()) keep(key);
  return { documents, objects, problems };

  function keep(key: ObjectKey): void {
    const lastGood = before.objects.get(key);
    if (lastGood !== undefined && !objects.has(key)) objects.set(key, lastGood);
  }
}

/** PTL1402: two documents describe one object. */
export function saidTwice(key: ObjectKey, owner: Origin, origin: Origin): Problem {
  const message = `${key} is described at ${formatOrigin(owner)} already, which stands; remove one of the two`;
  return { code: "PTL1402", severity: "error", origin, object: key, message };
}
