/** Puts the lines of one turn of the event loop together: a thousand of them are one write. */
export interface LineBuffer extends Disposable {
  /** `urgent`: it is written at once, with all that waits. */
  add(line: string, urgent: boolean): void;
}

const MAX_CHARACTERS = 64 * 1024;

/** `write` is called before the next turn at the latest, when this is disposed of, and when the process ends by itself. */
export function createLineBuffer(write: (text: string) => void): LineBuffer {
  let text = "";
  let scheduled = false;

  function flush(): void {
    if (text === "") return;
    const written = text;
    text = "";
    write(written);
  }

  function turn(): void {
    scheduled = false;
    flush();
  }

  process.on("exit", flush);
  return {
    add(line, urgent) {
      text += line;
      if (urgent || text.length >= MAX_CHARACTERS) flush();
      else if (!scheduled) {
        scheduled = true;
        setImmediate(turn);
      }
    },
    [Symbol.dispose]() {
      process.off("exit", flush);
      flush();
    },
  };
}
