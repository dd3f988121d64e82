import type { GrpcCall } from "../http2/grpc-call.ts";
import type { CallAnswer, CallNews } from "./messages.ts";

/** Passes calls that the main thread carries out on to it, and what it answers back. */
export interface Relay {
  pass(call: GrpcCall): void;
  take(answer: CallAnswer): void;
}

export function createRelay(maxRequestBytes: number, tell: (news: CallNews) => void): Relay {
  const calls = new Map<number, GrpcCall>();
  let last = 0;

  return {
    pass(open) {
      const call = ++last;
      calls.set(call, open);
      const { path, headers, deadlineMs } = open;
      const { address, certificate } = open.connection;
      const copy = certificate && Uint8Array.from(certificate);
      tell({ kind: "call-opened", call, path, headers: { ...headers }, address, certificate: copy, deadlineMs });
      open.listen(
        {
          // A copy: what it is cut out of holds more than this message.
          message: (bytes) => tell({ kind: "call-message", call, bytes: Uint8Array.from(bytes) }),
          halfClosed: () => tell({ kind: "call-half-closed", call }),
          cancelled() {
            calls.delete(call);
            tell({ kind: "call-cancelled", call });
          },
        },
        maxRequestBytes,
      );
    },
    take(answer) {
      const { call } = answer;
      const open = calls.get(call);
      if (open === undefined) return;
      switch (answer.kind) {
        case "call-respond":
          open.respond(answer.headers);
          return;
        case "call-write": {
          const { buffer, byteOffset, byteLength } = answer.frame;
          open.write(Buffer.from(buffer, byteOffset, byteLength), () => tell({ kind: "call-taken", call }));
          return;
        }
        case "call-pause":
          open.pause();
          return;
        case "call-resume":
          open.resume();
          return;
        case "call-end":
          calls.delete(call);
          open.end(answer.code, answer.message, answer.headers);
      }
    },
  };
}
