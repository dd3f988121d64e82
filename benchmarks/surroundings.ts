import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Surroundings } from "./workloads/workload.ts";

/** Folders are made below one that the caller removes. */
export function createSurroundings({
  directory,
  ...given
}: Omit<Surroundings, "folder"> & { readonly directory: string }): Surroundings {
  return {
    ...given,
    async folder(name) {
      const path = join(directory, name.replaceAll(/[^\w.-]+/g, "-"));
      await mkdir(path, { recursive: true });
      return path;
    },
  };
}
