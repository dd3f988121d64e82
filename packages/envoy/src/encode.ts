import { type DescMessage, type MessageShape, type Registry, toBinary } from "@bufbuild/protobuf";
import { sortMaps } from "./sort-maps.ts";

/**
 * The same content gives the same bytes: fields in the order of their numbers, the entries of maps and Structs in an
 * order that depends on their keys alone (protobuf-es writes them in the order in which they were inserted), unknown
 * fields kept, last and in the order in which they came. The message is not changed.
 *
 * What stands inside an `Any` is bytes and stays as it is, unless `registry` knows its type: then it is decoded and
 * encoded again in the same way. `packAny` gives such bytes to begin with.
 *
 * @throws Error of protobuf-es where a value is out of its field's range.
 */
export function encodeDeterministic<Schema extends DescMessage>(
  schema: Schema,
  message: MessageShape<Schema>,
  registry?: Registry,
): Uint8Array<ArrayBuffer> {
  return toBinary(schema, sortMaps(schema, message, registry));
}
