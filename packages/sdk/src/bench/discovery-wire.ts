import {
  create,
  type DeltaDiscoveryRequest,
  DeltaDiscoveryRequestSchema,
  type DiscoveryRequest,
  DiscoveryRequestSchema,
  type JsonObject,
  toBinary,
} from "@portolan/envoy";

export type BenchDialect = "delta" | "sotw";

export interface BenchNode {
  readonly id: string;
  readonly metadata: JsonObject;
}

/** What a stream asks for of one type. No names: everything that the server has. */
export interface BenchSubscription {
  readonly typeUrl: string;
  readonly names: readonly string[];
}

/** A subscription's requests, encoded as far as they are the same for every stream. */
export interface RequestWriter {
  readonly typeUrl: string;
  readonly names: number;
  /** `versions`: what the stream had before it was connected again, by name (incremental only). */
  first(node: BenchNode, versions?: ReadonlyMap<string, string>): Uint8Array;
  acknowledge(response: Pick<ResponseHead, "nonce" | "version">): Buffer;
}

export function createRequestWriter(dialect: BenchDialect, { typeUrl, names }: BenchSubscription): RequestWriter {
  const type = Buffer.from(typeUrl);
  // SotW repeats the whole subscription in each request.
  const repeated =
    dialect === "delta" ? Buffer.alloc(0) : Buffer.concat(names.map((name) => field(3, Buffer.from(name))));
  const wanted = dialect === "delta" && names.length === 0 ? ["*"] : names;
  return {
    typeUrl,
    names: names.length,
    first({ id, metadata }, versions = new Map()) {
      const node = { id, metadata, userAgentName: "portolan-bench" };
      if (dialect === "sotw") {
        const message = { node, typeUrl, resourceNames: [...names] };
        return toBinary(DiscoveryRequestSchema, create(DiscoveryRequestSchema, message) as DiscoveryRequest);
      }
      const message = {
        node,
        typeUrl,
        resourceNamesSubscribe: [...wanted],
        initialResourceVersions: Object.fromEntries(versions),
      };
      return toBinary(
        DeltaDiscoveryRequestSchema,
        create(DeltaDiscoveryRequestSchema, message) as DeltaDiscoveryRequest,
      );
    },
    acknowledge({ nonce, version }) {
      return dialect === "delta"
        ? Buffer.concat([field(2, type), field(6, nonce)])
        : Buffer.concat([field(1, version), repeated, field(4, type), field(5, nonce)]);
    },
  };
}

/** A response without its resources; the parts are views into it. */
export interface ResponseHead {
  readonly typeUrl: string;
  readonly nonce: Buffer;
  /** `version_info`, or `system_version_info`. */
  readonly version: Buffer;
  readonly resources: number;
  readonly removed: number;
}

const nothing: Buffer = Buffer.alloc(0);
const typeUrls = new Map<string, string>();

/**
 * `DiscoveryResponse` and `DeltaDiscoveryResponse` (envoy/service/discovery/v3/discovery.proto) differ in what is removed.
 *
 * @throws RangeError where the bytes are no message.
 */
export function readResponse(dialect: BenchDialect, bytes: Buffer): ResponseHead {
  let typeUrl = "";
  let nonce = nothing;
  let version = nothing;
  let resources = 0;
  let removed = 0;
  eachField(bytes, (number, start, end) => {
    if (number === 1) version = bytes.subarray(start, end);
    else if (number === 2) resources++;
    else if (number === 4) typeUrl = interned(bytes.toString("latin1", start, end));
    else if (number === 5) nonce = bytes.subarray(start, end);
    else if (number === 6 && dialect === "delta") removed++;
  });
  return { typeUrl, nonce, version, resources, removed };
}

/** Name and version of each resource of an incremental response, with its message. */
export function eachResource(
  bytes: Buffer,
  visit: (resource: { readonly name: string; readonly version: string; readonly body: Buffer }) => void,
): void {
  eachField(bytes, (number, start, end) => {
    if (number !== 2) return;
    const resource = bytes.subarray(start, end);
    let name = "";
    let version = "";
    let body = nothing;
    eachField(resource, (part, from, to) => {
      if (part === 1) version = resource.toString("utf8", from, to);
      else if (part === 2) body = anyValue(resource.subarray(from, to));
      else if (part === 3) name = resource.toString("utf8", from, to);
    });
    visit({ name, version, body });
  });
}

/** The message in a `google.protobuf.Any`. */
export function anyValue(bytes: Buffer): Buffer {
  let value = nothing;
  eachField(bytes, (number, start, end) => {
    if (number === 2) value = bytes.subarray(start, end);
  });
  return value;
}

/** Length-delimited fields: number, and where the content stands. */
export function eachField(bytes: Buffer, visit: (number: number, start: number, end: number) => void): void {
  let at = 0;
  const varint = () => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = bytes[at++];
      if (byte === undefined) throw new RangeError("the message is cut off");
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
  };
  while (at < bytes.length) {
    const tag = varint();
    const wireType = tag % 8;
    if (wireType === 0) varint();
    else if (wireType === 1) at += 8;
    else if (wireType === 5) at += 4;
    else if (wireType === 2) {
      const length = varint();
      if (at + length > bytes.length) throw new RangeError("the message is cut off");
      visit(Math.floor(tag / 8), at, at + length);
      at += length;
    } else throw new RangeError("the message is not protobuf");
  }
}

function interned(text: string): string {
  const known = typeUrls.get(text);
  if (known !== undefined) return known;
  if (typeUrls.size < 64) typeUrls.set(text, text);
  return text;
}

/** A field whose number is below 16. */
function field(number: number, content: Uint8Array): Buffer {
  const head = [(number << 3) | 2];
  let rest = content.length;
  for (; rest > 127; rest = Math.floor(rest / 128)) head.push((rest % 128) | 128);
  head.push(rest);
  const target = Buffer.allocUnsafe(head.length + content.length);
  target.set(head);
  target.set(content, head.length);
  return target;
}
