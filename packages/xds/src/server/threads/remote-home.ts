import type { Admission, OwnSecret, StreamHome } from "../stream-home.ts";
import type { Decision, ToThread } from "./messages.ts";
import type { Outbox } from "./outbox.ts";

/** The home of streams that lies in another thread: what is asked of it goes out, and what it says comes in. */
export interface RemoteHome extends StreamHome {
  take(message: Extract<ToThread, { readonly kind: "decided" | "secret" }>): void;
}

export function createRemoteHome({ post, report }: Pick<Outbox, "post" | "report">): RemoteHome {
  const undecided = new Map<number, (decision: Decision) => void>();
  const listeners = new Map<number, (secret: OwnSecret) => void>();

  function admission(stream: number, decision: Decision): Admission {
    if ("refused" in decision) return decision;
    return {
      ...decision,
      remember: (rejected) => {
        if (rejected.length > 0) post({ kind: "remember", stream, rejected });
      },
      forgive: (resource) => post({ kind: "forgive", stream, resource }),
      watch: (secret) => post({ kind: "watch", stream, secret }),
      unwatch: (secret) => post({ kind: "unwatch", stream, secret }),
      release() {
        listeners.delete(stream);
        post({ kind: "release", stream });
      },
    };
  }

  return {
    report,
    async admit({ stream, peer, node, secret }) {
      const { promise, resolve } = Promise.withResolvers<Decision>();
      undecided.set(stream, resolve);
      listeners.set(stream, secret);
      post({ kind: "admit", stream, peer, node });
      const decision = await promise;
      if ("refused" in decision) listeners.delete(stream);
      return admission(stream, decision);
    },
    take(message) {
      if (message.kind === "secret") {
        listeners.get(message.stream)?.(message.secret);
        return;
      }
      undecided.get(message.stream)?.(message.decision);
      undecided.delete(message.stream);
    },
  };
}
