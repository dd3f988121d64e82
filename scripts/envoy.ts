/** Prints the path of Envoy, fetching it if need be. Tests import `findEnvoy` from here. */
import { findEnvoy as find } from "../packages/agent/src/envoy-binary.ts";

export function findEnvoy(): Promise<string> {
  return find({ env: process.env, onProgress: (line) => console.error(line) });
}

if (import.meta.main) {
  try {
    console.log(await findEnvoy());
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 72;
  }
}
