import { printable } from "@portolan/model";
import { decoders } from "../kinds/decoders.ts";
import type { KindDecoder } from "../kinds/kind.ts";
import { groupOf, isUnused, unusedKinds, unusedMessage } from "../kinds/unused.ts";
import type { Field } from "../read/field.ts";
import { suggestion } from "../read/nearest.ts";
import type { Collection } from "./collect.ts";
import { decodeConfigMap } from "./config-map.ts";
import { readHeader, readMeta } from "./header.ts";

/** Decodes one object of a document into the collection. */
export function decodeObject(root: Field, collection: Collection): void {
  const apiVersion = root.get("apiVersion");
  const kind = root.get("kind").required("it says what this document is", "PTL1011").text() ?? "";
  const version = apiVersion.text() ?? "";
  const group = groupOf(version);
  const decoder = decoders.get(kind);
  if (kind === "" || (version === "" && apiVersion.present)) {
    collection.add(root.reading, undefined);
  } else if (version !== "" && isUnused(group, kind)) {
    const { severity, message } = unusedMessage(group, kind);
    root.reading.report(severity, "PTL1009", root.position, "", message);
    collection.leaveOut(root.reading);
  } else if (kind === "ConfigMap" && group === "") {
    decodeConfigMap(root, collection);
  } else if (decoder !== undefined && (version === "" || decoder.group === group)) {
    decodeKnown(root, decoder, apiVersion, collection);
  } else {
    const ours = [...decoders.values()].filter((one) => one.group === group).map((one) => one.kind);
    const near = suggestion(kind, [...ours, ...unusedKinds(group)]);
    const what =
      version === ""
        ? `the kind ${printable(kind)} without apiVersion`
        : `the kind ${printable(kind)} of "${printable(version)}"`;
    root.get("kind").warn(`${what} is not known${near}: it is left out`, "PTL1010");
    collection.leaveOut(root.reading);
  }
}

function decodeKnown(root: Field, decoder: KindDecoder, apiVersion: Field, collection: Collection): void {
  const { reading } = root;
  const header = readHeader(root, decoder.kind, decoder.scope, collection.context);
  if (header === undefined) {
    collection.add(reading, undefined);
    return;
  }
  reading.object = header.key;
  const versions = decoder.versions.map((one) => (decoder.group === "" ? one : `${decoder.group}/${one}`));
  const version = apiVersion.required(`use ${versions.join(", ")}`).text() ?? "";
  if (apiVersion.present && !versions.includes(version)) {
    apiVersion.wrong(`${decoder.kind} is not read in "${printable(version)}": use ${versions.join(", ")}`, "PTL1010");
  }
  const meta = readMeta(root, header, reading, collection.context);
  collection.add(reading, decoder.decode(root, meta));
}
