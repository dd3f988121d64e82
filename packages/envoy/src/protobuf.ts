export {
  create,
  type DescField,
  type DescMessage,
  fromBinary,
  fromJson,
  isMessage,
  type JsonObject,
  type JsonValue,
  type MessageInitShape,
  type MessageShape,
  type Registry,
  toBinary,
  toJson,
} from "@bufbuild/protobuf";
export { BinaryReader, WireType } from "@bufbuild/protobuf/wire";
export {
  type Any,
  AnySchema,
  anyUnpack,
  type Duration,
  DurationSchema,
  StringValueSchema,
  type Struct,
  StructSchema,
} from "@bufbuild/protobuf/wkt";
