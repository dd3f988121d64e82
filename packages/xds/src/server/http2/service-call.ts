import { Duplex } from "node:stream";
import { Metadata, type MethodDefinition, type ServerErrorResponse, type UntypedHandleCall } from "@grpc/grpc-js";
import type { Connection } from "./connection.ts";
import { frameOf } from "./frame.ts";
import type { CallListener, GrpcCall } from "./grpc-call.ts";
import { STATUS, statusNamed } from "./status.ts";

/** A method as services for grpc-js define and carry it out. */
export type Method = MethodDefinition<unknown, unknown>;
type Carrier = (call: ServiceCall, answer?: Answer) => void;
type Failure = Partial<ServerErrorResponse>;
type Answer = (failure: Failure | null, value?: unknown, trailer?: Metadata) => void;

/** What a call must offer that is carried out as grpc-js would. */
export interface CarriedCall
  extends Pick<
    GrpcCall,
    "path" | "headers" | "deadlineMs" | "ended" | "listen" | "pause" | "resume" | "respond" | "write" | "end"
  > {
  readonly connection: Connection;
}

/** The call that a method for grpc-js is given (`ServerUnaryCall`, `ServerDuplexStream` and those between them). */
export class ServiceCall extends Duplex {
  readonly metadata: Metadata;
  /** Of methods that take one message. */
  request: unknown;
  cancelled = false;
  private readonly call: CarriedCall;
  private readonly method: Method;
  private trailer: Metadata | undefined;

  constructor(call: CarriedCall, method: Method) {
    super({ objectMode: true, autoDestroy: false });
    this.call = call;
    this.method = method;
    this.metadata = Metadata.fromHttp2Headers({ ...call.headers });
    this.on("error", (error: Error) => this.fail(error));
  }

  getPeer(): string {
    return this.call.connection.address;
  }

  getAuthContext(): { transportSecurityType?: string; sslPeerCertificate?: { raw: Buffer } } {
    const { certificate: raw } = this.call.connection;
    return raw === undefined ? {} : { transportSecurityType: "ssl", sslPeerCertificate: { raw } };
  }

  getPath(): string {
    return this.call.path;
  }

  getHost(): string {
    return this.call.headers[":authority"] ?? "";
  }

  getDeadline(): number {
    return this.call.deadlineMs;
  }

  sendMetadata(metadata: Metadata): void {
    this.call.respond(metadata.toHttp2Headers());
  }

  /** What a method that answers with one message does in the end. */
  answer(failure: Failure | null, value?: unknown, trailer?: Metadata): void {
    if (failure !== null) {
      this.fail(failure, trailer);
      return;
    }
    this.trailer = trailer;
    this.end(value);
  }

  override end(...args: unknown[]): this {
    const [first] = args;
    if (first instanceof Metadata) {
      this.trailer = first;
      return super.end();
    }
    return super.end(...(args as []));
  }

  override _write(value: unknown, _encoding: string, taken: (error?: Error) => void): void {
    let frame: Buffer;
    try {
      frame = frameOf(this.method.responseSerialize(value));
    } catch {
      taken();
      this.fail({ code: STATUS.INTERNAL, details: "the response cannot be serialized" });
      return;
    }
    // A call that is over takes nothing, and says so to nobody.
    if (this.call.ended) taken();
    else this.call.write(frame, () => taken());
  }

  override _final(done: () => void): void {
    this.call.respond();
    this.call.end("OK", "", this.trailer?.toHttp2Headers());
    done();
  }

  override _read(): void {
    this.call.resume();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    if (error === null && !this.writableFinished) this.fail({ code: STATUS.CANCELLED, details: "" });
    done(error);
  }

  /** The client or its connection went away. */
  cancel(): void {
    this.cancelled = true;
    this.emit("cancelled");
    this.push(null);
  }

  private fail(failure: Failure, trailer?: Metadata): void {
    const { code, metadata } = failure;
    const details = failure.details ?? failure.message ?? "";
    this.call.end(statusNamed(code), details, (trailer ?? metadata)?.toHttp2Headers());
  }
}

/** Begins to carry a call out, and gives who is told what happens on it. */
export function openServiceCall(call: CarriedCall, method: Method, handle: UntypedHandleCall): CallListener {
  const carrier = handle as unknown as Carrier;
  const surface = new ServiceCall(call, method);
  const answer: Answer | undefined = method.responseStream
    ? undefined
    : (failure, value, trailer) => surface.answer(failure, value, trailer);
  const start = () => {
    try {
      carrier(surface, answer);
    } catch (cause) {
      surface.emit("error", cause);
    }
  };
  let requests = 0;
  if (method.requestStream) start();
  return {
    message(bytes) {
      requests++;
      let request: unknown;
      try {
        request = method.requestDeserialize(bytes);
      } catch {
        call.end("INTERNAL", "the request cannot be deserialized");
        return;
      }
      if (!method.requestStream) surface.request = request;
      else if (!surface.push(request)) call.pause();
    },
    halfClosed() {
      if (method.requestStream) surface.push(null);
      else if (requests === 1) start();
      else call.end("UNIMPLEMENTED", "this method takes exactly one message");
    },
    cancelled: () => surface.cancel(),
  };
}
