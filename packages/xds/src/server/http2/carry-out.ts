import type { UntypedHandleCall } from "@grpc/grpc-js";
import type { CallListener } from "./grpc-call.ts";
import type { CarriedCall, Method } from "./service-call.ts";

/**
 * Carries a call out as grpc-js would. Its classes are loaded with the first such call, since a server that is asked for nothing
 * but discovery would only hold them in memory.
 */
export function carryOut(call: CarriedCall, method: Method, handle: UntypedHandleCall, maxBytes: number): void {
  let carrier: CallListener | undefined;
  const early: ((to: CallListener) => void)[] = [];
  const tell = (event: (to: CallListener) => void) => {
    if (carrier === undefined) early.push(event);
    else event(carrier);
  };
  call.listen(
    {
      message(bytes) {
        // What is read from the socket is not ours for longer than now.
        const own = Buffer.from(bytes);
        tell((to) => to.message(own));
      },
      halfClosed: () => tell((to) => to.halfClosed()),
      cancelled: () => tell((to) => to.cancelled()),
    },
    maxBytes,
  );
  import("./service-call.ts").then(
    ({ openServiceCall }) => {
      carrier = openServiceCall(call, method, handle);
      for (const event of early.splice(0)) event(carrier);
    },
    () => call.end("INTERNAL", "the method cannot be loaded"),
  );
}
