import { subscribe, unsubscribe } from "node:diagnostics_channel";

export interface Followed<Message> extends Disposable {
  readonly messages: readonly Message[];
}

/** Keeps what is told on a diagnostics channel from now on. */
export function followChannel<Message>(name: string): Followed<Message> {
  const messages: Message[] = [];
  const keep = (message: unknown) => void messages.push(message as Message);
  subscribe(name, keep);
  return { messages, [Symbol.dispose]: () => unsubscribe(name, keep) };
}
