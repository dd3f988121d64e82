import {
  type Namespace,
  type ObjectKey,
  type ObjectMeta,
  objectKey,
  parseNamespace,
  printable,
  type Result,
} from "@portolan/model";
import type { Field } from "../read/field.ts";
import { readAnnotations, readLabels } from "../read/labels.ts";
import type { Reading } from "../read/reading.ts";
import type { DecodeContext } from "./decoded.ts";

/** Of `metadata`, what Kubernetes fills in by itself. */
const SERVER_FIELDS = [
  "uid",
  "resourceVersion",
  "generation",
  "creationTimestamp",
  "deletionTimestamp",
  "deletionGracePeriodSeconds",
  "managedFields",
  "ownerReferences",
  "finalizers",
  "generateName",
  "selfLink",
];

export interface Header {
  readonly key: ObjectKey;
  readonly namespace: Namespace | "";
  readonly name: string;
}

/** Which object a document describes; undefined where that cannot be told. */
export function readHeader(
  root: Field,
  kind: string,
  scope: "namespaced" | "cluster",
  context: DecodeContext,
): Header | undefined {
  const metadata = root.get("metadata");
  const field = metadata.get("name");
  if (!field.present) {
    const hint = root.get("name").present ? `: a "name" stands outside of metadata` : ": it says which object this is";
    return field.wrong(`metadata.name is required${hint}`, "PTL1011");
  }
  const text = field.text();
  const name = text === undefined ? undefined : parseObjectName(text, kind);
  if (name?.ok === false) field.wrong(name.error, "PTL1011");
  const namespace = scope === "cluster" ? "" : readNamespace(metadata.get("namespace"), context.namespace);
  if (name?.ok !== true || namespace === undefined) return undefined;
  return { key: objectKey(kind, namespace, name.value), namespace, name: name.value };
}

function readNamespace(field: Field, fallback: Namespace): Namespace | undefined {
  if (!field.present) return fallback;
  const text = field.text();
  const namespace = text === undefined ? undefined : parseNamespace(text);
  if (namespace?.ok === false) return field.wrong(namespace.error, "PTL1011");
  return namespace?.value;
}

/** RFC 1123 subdomain; for Services and Namespaces, which become labels of host names, one label. */
function parseObjectName(text: string, kind: string): Result<string> {
  const labels = text.split(".");
  const single = kind === "Service" || kind === "Namespace" || kind === "Endpoints";
  const valid =
    text.length <= 253 &&
    labels.every((label) => /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?$/.test(label) && label.length <= (single ? 63 : 253));
  if (valid && (!single || labels.length === 1)) return { ok: true, value: text };
  const dots = single ? " (at most 63)" : ` and "."`;
  return {
    ok: false,
    error: `"${printable(text)}" is not a name of a ${kind}: use lower-case letters, digits, "-"${dots}`,
  };
}

export function readMeta(root: Field, header: Header, reading: Reading, context: DecodeContext): ObjectMeta {
  const metadata = root.get("metadata");
  const position = root.position;
  metadata.get("name");
  metadata.get("namespace");
  const labels = readLabels(metadata.get("labels"));
  const annotations = readAnnotations(metadata.get("annotations"));
  metadata.rest({ silent: SERVER_FIELDS });
  return {
    namespace: header.namespace,
    name: header.name,
    labels,
    annotations,
    origin: { ...originOf(context), ...(position === undefined ? {} : { position }) },
    positions: reading.positions,
  };
}

export function originOf(context: DecodeContext): ObjectMeta["origin"] {
  return context.file === undefined ? { source: context.source } : { source: context.source, file: context.file };
}
