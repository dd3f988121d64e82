/** The wish of whoever runs this program that it ends: SIGINT or SIGTERM. A second one ends it at once. */
export interface Ending extends Disposable {
  /** Aborted by the first signal; its reason is the signal's name. */
  readonly signal: AbortSignal;
  /** Resolves with the signal's name. */
  readonly wished: Promise<string>;
}

export function followSignals(): Ending {
  const controller = new AbortController();
  const { promise, resolve } = Promise.withResolvers<string>();
  const end = (name: NodeJS.Signals) => {
    release();
    controller.abort(name);
    resolve(name);
  };
  const release = () => {
    process.off("SIGINT", end);
    process.off("SIGTERM", end);
  };
  process.on("SIGINT", end);
  process.on("SIGTERM", end);
  return { signal: controller.signal, wished: promise, [Symbol.dispose]: release };
}
