import { encodeFields } from "../../http2/hpack/encoder.ts";
import type { Field } from "../../http2/hpack/static-table.ts";
import { STATUS, type StatusName } from "./status.ts";

/** Further fields, as `Metadata.toHttp2Headers` of grpc-js gives them. */
export type SentFields = Readonly<Record<string, number | string | readonly string[] | undefined>>;

const HEAD: readonly Field[] = [
  [":status", "200"],
  ["content-type", "application/grpc"],
  ["grpc-accept-encoding", "identity,deflate,gzip"],
];
const HEAD_BLOCK = encode(HEAD);

/** The header section of a response that has content. */
export function headBlock(more?: SentFields): Uint8Array {
  return more === undefined ? HEAD_BLOCK : encode([...HEAD, ...fieldsOf(more)]);
}

/** The last section of a response; `only`: it is the first as well. */
export function statusBlock(code: StatusName, message: string, only: boolean, more: SentFields = {}): Uint8Array {
  return encode([
    ...(only ? HEAD : []),
    ...fieldsOf(more),
    ["grpc-status", String(STATUS[code])],
    ["grpc-message", encodeURIComponent(message.toWellFormed())],
  ]);
}

/** Without content or anything of gRPC: what asked is no client of it. */
export function httpStatusBlock(code: number): Uint8Array {
  return encode([[":status", String(code)]]);
}

function fieldsOf(fields: SentFields): Field[] {
  return Object.entries(fields).flatMap(([name, value = []]) =>
    (Array.isArray(value) ? value : [value]).map((each): Field => [name.toLowerCase(), String(each)]),
  );
}

function encode(fields: readonly Field[]): Uint8Array {
  return encodeFields(fields, Buffer.allocUnsafe);
}
