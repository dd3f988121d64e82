import { type DecodedDocument, decodeDocument, splitDocuments } from "@portolan/config";
import type { MeshObject, Namespace } from "@portolan/model";
import type { Manifest, Settle } from "../source.ts";

export const namespace = "default" as Namespace;

export function decoded(text: string, file = "mesh.yaml", source = "files"): readonly DecodedDocument[] {
  return splitDocuments(text).map((slice) => decodeDocument(slice, { source, file, namespace }));
}

export function objectsOf(text: string, file = "mesh.yaml", source = "files"): readonly MeshObject[] {
  return decoded(text, file, source).flatMap(({ objects }) => objects);
}

/** What a source would say of a text. */
export function upserts(text: string, file = "mesh.yaml", source = "files"): Settle {
  const manifest: Manifest = { text, namespace, file, line: 1 };
  return objectsOf(text, file, source).map((object) => ({ kind: "upserted", object, manifest }));
}
