/** Reasons that many nodes gave in the same words, each held once for as long as one of them is remembered. */
export interface SharedReasons {
  /** Characters of all that are held. */
  readonly length: number;
  /** The same text as all hold it; each is to be released once. */
  take(reason: string): string;
  release(reason: string): void;
}

interface Held {
  readonly text: string;
  users: number;
}

export function createSharedReasons(): SharedReasons {
  const known = new Map<string, Held>();
  let length = 0;
  return {
    get length() {
      return length;
    },
    take(reason) {
      let held = known.get(reason);
      if (held === undefined) {
        held = { text: reason, users: 0 };
        known.set(reason, held);
        length += reason.length;
      }
      held.users++;
      return held.text;
    },
    release(reason) {
      const held = known.get(reason);
      if (held === undefined) return;
      held.users--;
      if (held.users > 0) return;
      known.delete(reason);
      length -= reason.length;
    },
  };
}
