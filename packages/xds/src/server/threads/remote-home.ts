import type { Refusal } from "../assign.ts";
import type { Admission, OwnSecret, StreamHome, StreamView } from "../stream-home.ts";
import type { Decision, ToThread } from "./messages.ts";
import type { Outbox } from "./outbox.ts";

/** The home of streams that lies in another thread: what is asked of it goes out, and what it says comes in. */
export interface RemoteHome extends StreamHome {
  take(message: Extract<ToThread, { readonly kind: "decided" | "reassigned" | "secret" }>): void;
}

export function createRemoteHome({ post, report }: Pick<Outbox, "post" | "report">): RemoteHome {
  const undecided = new Map<number, (decision: Decision) => void>();
  const moving = new Map<number, (decision: StreamView | Refusal) => void>();
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
      reassign(asked) {
        const { promise, resolve } = Promise.withResolvers<StreamView | Refusal>();
        moving.set(stream, resolve);
        post({ kind: "reassign", stream, asked });
        return promise;
      },
      release() {
        moving.delete(stream);
        listeners.delete(stream);
        post({ kind: "release", stream });
      },
    };
  }

  return {
    report,
    async admit({ stream, peer, node, asked, secret }) {
      const { promise, resolve } = Promise.withResolvers<Decision>();
      undecided.set(stream, resolve);
      listeners.set(stream, secret);
      post({ kind: "admit", stream, peer, node, asked });
      const decision = await promise;
      if ("refused" in decision) listeners.delete(stream);
      return admission(stream, decision);
    },
    take(message) {
      if (message.kind === "secret") {
        listeners.get(message.stream)?.(message.secret);
        return;
      }
      if (message.kind === "reassigned") {
        moving.get(message.stream)?.(message.decision);
        moving.delete(message.stream);
        return;
      }
      undecided.get(message.stream)?.(message.decision);
      undecided.delete(message.stream);
    },
  };
}
