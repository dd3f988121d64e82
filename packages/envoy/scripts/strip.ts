import { fromBinary, type Message, toBinary } from "@bufbuild/protobuf";
import {
  type DescriptorProto,
  type EnumDescriptorProto,
  type FileDescriptorProto,
  FileDescriptorSetSchema,
} from "@bufbuild/protobuf/wkt";

/** Protos that hold options for validation, documentation and other languages, and nothing that a message is made of. */
const ANNOTATIONS = /^(?:validate|(?:udpa|xds|envoy)\/annotations)\/|^google\/api\/(?:annotations|http)\.proto$/;

/**
 * A set of files without the options that extensions define (validation rules, versions, HTTP paths), and without the files
 * that define them. Nobody reads them, and each is an object in memory at run time for as long as the process lives.
 */
export function stripOptions(image: Uint8Array): Uint8Array {
  const set = fromBinary(FileDescriptorSetSchema, image);
  set.file = set.file.filter(({ name }) => !ANNOTATIONS.test(name));
  for (const file of set.file) stripFile(file);
  return toBinary(FileDescriptorSetSchema, set);
}

function stripFile(file: FileDescriptorProto): void {
  const kept = file.dependency.filter((name) => !ANNOTATIONS.test(name));
  // These are numbers of imports.
  const again = (numbers: readonly number[]) =>
    numbers.map((at) => kept.indexOf(file.dependency[at] ?? "")).filter((at) => at >= 0);
  file.publicDependency = again(file.publicDependency);
  file.weakDependency = again(file.weakDependency);
  file.dependency = kept;
  // Packages in other languages.
  delete file.options;
  file.messageType.forEach(stripMessage);
  file.enumType.forEach(stripEnum);
  for (const service of file.service) for (const part of [service, ...service.method]) stripPart(part);
}

function stripMessage(message: DescriptorProto): void {
  for (const part of [message, ...message.field, ...message.oneofDecl]) stripPart(part);
  message.nestedType.forEach(stripMessage);
  message.enumType.forEach(stripEnum);
}

function stripEnum(type: EnumDescriptorProto): void {
  for (const part of [type, ...type.value]) stripPart(part);
}

/** `deprecated`, `map_entry` and what else protobuf itself defines stays. */
function stripPart(part: { options?: Message | undefined }): void {
  const { options } = part;
  if (options === undefined) return;
  delete options.$unknown;
  if (Object.keys(options).every((key) => key === "$typeName" || isEmpty(options[key as keyof Message]))) {
    delete part.options;
  }
}

function isEmpty(value: unknown): boolean {
  return value === undefined || (Array.isArray(value) && value.length === 0);
}
