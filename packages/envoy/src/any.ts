import { create, type DescMessage, type MessageShape } from "@bufbuild/protobuf";
import { type Any, AnySchema } from "@bufbuild/protobuf/wkt";
import { encodeDeterministic } from "./encode.ts";
import { typeUrlOf } from "./type-url.ts";

/** Packs a message; its bytes are those of `encodeDeterministic`. */
export function packAny<Schema extends DescMessage>(schema: Schema, message: MessageShape<Schema>): Any {
  return toAnyBytes(typeUrlOf(schema), encodeDeterministic(schema, message));
}

/** An `Any` around bytes that are encoded already; they are not copied. */
export function toAnyBytes(typeUrl: string, value: Uint8Array): Any {
  return create(AnySchema, { typeUrl, value: value as Uint8Array<ArrayBuffer> });
}
