import { type DecodedDocument, decodeDocument, splitDocuments } from "@portolan/config";
import { fail, keyOf, type Namespace, type ObjectKey, ok, type Problem, type Result } from "@portolan/model";
import type {
  DecodedWrite,
  Manifest,
  ManifestText,
  Settle,
  SourceEvent,
  StoredManifest,
  WriteChange,
} from "../../source.ts";

const DEFAULT_NAMESPACE = "default" as Namespace;

/** The events of a write; the problems where anything in it is wrong: a write is applied all or not at all. */
export function decodeWrite(change: WriteChange, source: string): Result<DecodedWrite, readonly Problem[]> {
  const events: SourceEvent[] = [];
  let items = change.remove?.length ?? 0;
  const problems: Problem[] = [];
  const said = new Set<ObjectKey>();
  const say = (key: ObjectKey, event: SourceEvent) => {
    if (said.has(key)) problems.push(writtenTwice(key, source));
    said.add(key);
    events.push(event);
  };
  for (const text of change.apply ?? []) {
    for (const { decoded, manifest } of decodeText(text, source)) {
      items++;
      problems.push(...decoded.problems);
      for (const object of decoded.objects) {
        const key = keyOf(object);
        say(key, { kind: "upserted", object, manifest });
        events.push({ kind: "failed", place: key, problems: about(key, decoded) });
      }
    }
  }
  for (const key of change.remove ?? []) {
    say(key, { kind: "removed", key });
    events.push({ kind: "failed", place: key, problems: [] });
  }
  if (items === 0) problems.push(nothingSaid(source));
  const errors = problems.filter(({ severity }) => severity === "error");
  return errors.length > 0 ? fail(errors) : ok({ settle: events, problems });
}

function* decodeText(given: ManifestText, source: string): Generator<{ decoded: DecodedDocument; manifest: Manifest }> {
  const namespace = given.namespace ?? DEFAULT_NAMESPACE;
  const place = { namespace, ...(given.file === undefined ? {} : { file: given.file }) };
  for (const slice of splitDocuments(given.text))
    yield { decoded: decodeDocument(slice, { source, ...place }), manifest: { ...slice, ...place } };
}

/**
 * What the store kept, as it was when it was written, document by document. What an older Portolan took and this one does not is a problem, and
 * stays in the store.
 */
export function* decodeStored(stored: readonly StoredManifest[], source: string): Generator<Settle> {
  const sameDocument = ({ text, namespace, file, line }: Manifest) => JSON.stringify([text, namespace, file, line]);
  for (const manifests of Map.groupBy(stored, sameDocument).values()) {
    const [first] = manifests;
    if (first === undefined) continue;
    const { text, line, namespace, file } = first;
    const place = { namespace, ...(file === undefined ? {} : { file }) };
    const manifest: Manifest = { text, line, ...place };
    const decoded = decodeDocument({ text, line }, { source, ...place });
    const keys = new Set(manifests.map(({ key }) => key));
    const events: SourceEvent[] = [];
    for (const object of decoded.objects)
      if (keys.has(keyOf(object))) events.push({ kind: "upserted", object, manifest });
    for (const key of keys) {
      const problems = about(key, decoded);
      if (problems.length > 0) events.push({ kind: "failed", place: key, problems });
    }
    yield events;
  }
}

/** What is odd about one object of a document, or about the whole of it. */
function about(key: ObjectKey, decoded: DecodedDocument): readonly Problem[] {
  return decoded.problems.filter(({ object }) => object === undefined || object === key);
}

/** PTL1405: a write says one object more than once. */
function writtenTwice(key: ObjectKey, source: string): Problem {
  const message = `${key} stands more than once in one write; say it once`;
  return { code: "PTL1405", severity: "error", origin: { source }, object: key, message };
}

/** PTL1406: a write without any document. */
function nothingSaid(source: string): Problem {
  const message = "the request is empty: nothing to apply and nothing to remove";
  return { code: "PTL1406", severity: "error", origin: { source }, message };
}
