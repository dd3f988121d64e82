import type { HeaderMap } from "../../http2/request-fields.ts";
import type { Connection } from "../http2/connection.ts";
import type { CallListener } from "../http2/grpc-call.ts";
import type { SentFields } from "../http2/response-fields.ts";
import type { CarriedCall } from "../http2/service-call.ts";
import type { StatusName } from "../http2/status.ts";
import type { CallAnswer, CallNews } from "./messages.ts";

export type FurtherMethods = ReadonlyMap<string, (call: CarriedCall) => void>;

/** The calls that another thread passes on. */
export interface RelayedCalls {
  take(news: CallNews): void;
  /** The thread is gone. */
  close(): void;
}

export function createRelayedCalls(methods: FurtherMethods, post: (answer: CallAnswer) => void): RelayedCalls {
  const calls = new Map<number, RelayedCall>();

  function open(news: Extract<CallNews, { readonly kind: "call-opened" }>): void {
    const answer = (message: CallAnswer) => {
      if (message.kind === "call-end") calls.delete(news.call);
      post(message);
    };
    const call = new RelayedCall(news, answer);
    calls.set(news.call, call);
    methods.get(news.path)?.(call);
  }

  return {
    take(news) {
      if (news.kind === "call-opened") {
        open(news);
        return;
      }
      const call = calls.get(news.call);
      if (news.kind === "call-cancelled") calls.delete(news.call);
      call?.take(news);
    },
    close() {
      for (const [call, relayed] of calls) relayed.take({ kind: "call-cancelled", call });
      calls.clear();
    },
  };
}

/** A call whose bytes come and go through another thread. */
class RelayedCall implements CarriedCall {
  readonly path: string;
  readonly headers: HeaderMap;
  readonly connection: Connection;
  readonly deadlineMs: number;
  ended = false;
  private readonly call: number;
  private readonly answer: (message: CallAnswer) => void;
  private readonly writing: (() => void)[] = [];
  private listener: CallListener | undefined;

  constructor(
    { call, path, headers, address, certificate, deadlineMs }: Extract<CallNews, { readonly kind: "call-opened" }>,
    answer: (message: CallAnswer) => void,
  ) {
    this.call = call;
    this.path = path;
    this.headers = headers;
    this.connection = { address, certificate: certificate && Buffer.from(certificate) };
    this.deadlineMs = deadlineMs;
    this.answer = answer;
  }

  take(news: Exclude<CallNews, { readonly kind: "call-opened" }>): void {
    if (this.ended) return;
    switch (news.kind) {
      case "call-message":
        this.listener?.message(Buffer.from(news.bytes));
        return;
      case "call-taken":
        this.writing.shift()?.();
        return;
      case "call-half-closed":
        this.listener?.halfClosed();
        return;
      case "call-cancelled":
        this.ended = true;
        this.listener?.cancelled();
    }
  }

  /** The other thread has limited messages already. */
  listen(listener: CallListener): void {
    this.listener = listener;
  }

  pause(): void {
    this.tell({ kind: "call-pause", call: this.call });
  }

  resume(): void {
    this.tell({ kind: "call-resume", call: this.call });
  }

  respond(headers?: SentFields): void {
    this.tell({ kind: "call-respond", call: this.call, headers });
  }

  write(frame: Buffer, taken: () => void): void {
    if (this.ended) return;
    this.writing.push(taken);
    this.tell({ kind: "call-write", call: this.call, frame: Uint8Array.from(frame) });
  }

  end(code: StatusName, message: string, headers?: SentFields): void {
    this.tell({ kind: "call-end", call: this.call, code, message, headers });
    this.ended = true;
  }

  private tell(message: CallAnswer): void {
    if (!this.ended) this.answer(message);
  }
}
