/**
 * Calls a function that was given to the server. What it throws goes to `failed`, and so does what it rejects with where it is
 * asynchronous, although nobody asked for that: an unhandled rejection would end the process.
 */
export function attempt(act: () => unknown, failed: (cause: unknown) => void): void {
  try {
    const result = act();
    if (result instanceof Promise) result.catch(failed);
  } catch (cause) {
    failed(cause);
  }
}

/** The same for a listener that is told thousands of things at a time: nothing is made for what goes well. */
export function tell<Message>(
  listener: (message: Message) => unknown,
  message: Message,
  failed: (cause: unknown, message: Message) => void,
): void {
  try {
    const result = listener(message);
    if (result instanceof Promise) result.catch((cause: unknown) => failed(cause, message));
  } catch (cause) {
    failed(cause, message);
  }
}
