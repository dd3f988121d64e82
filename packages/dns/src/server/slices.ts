/** At most this long without a look at the sockets. */
const SLICE_MS = 2;

/**
 * Runs the steps of a computation between other work. `done` gets what it returns, unless the function that this gives was called
 * before. The first slice begins at once.
 */
export function runInSlices<Value>(steps: Generator<void, Value>, done: (value: Value) => void): () => void {
  let next: NodeJS.Immediate | undefined;
  function slice(): void {
    const until = performance.now() + SLICE_MS;
    do {
      const step = steps.next();
      if (step.done === true) {
        done(step.value);
        return;
      }
    } while (performance.now() < until);
    next = setImmediate(slice);
  }
  slice();
  return () => clearImmediate(next);
}

/**
 * As `runInSlices`, but what takes a single step is done at once, however slow the machine is. Gives the function that stops it;
 * undefined where it is done.
 */
export function runSteps<Value>(steps: Generator<void, Value>, done: (value: Value) => void): (() => void) | undefined {
  const first = steps.next();
  if (first.done === true) {
    done(first.value);
    return undefined;
  }
  let finished = false;
  const stop = runInSlices(steps, (value) => {
    finished = true;
    done(value);
  });
  return finished ? undefined : stop;
}
