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
