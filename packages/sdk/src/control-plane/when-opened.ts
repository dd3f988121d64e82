import type { SourceFactory } from "@portolan/registry";

/**
 * Runs `opened` once the registry has the data folder to itself, and while the other sources are read. It says no objects; where
 * it fails, the registry's start does.
 */
export function whenOpened(opened: () => Promise<void>): SourceFactory {
  return (environment) => {
    let opening: Promise<void> | undefined;
    return {
      kind: "watched",
      name: environment.nameFor("opening"),
      async start(emit) {
        opening = opened();
        await opening;
        emit([{ kind: "synced" }]);
      },
      async stop() {
        await opening?.catch(() => undefined);
      },
    };
  };
}
