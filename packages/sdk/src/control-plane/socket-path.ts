import { relative, resolve } from "node:path";
import { SdkError } from "../error.ts";

/** `sun_path` holds 108 bytes, the last of which is 0 (unix(7)). */
const MAX_BYTES = 107;

/** Where the admin API's Unix socket of a data folder is: absolute, or relative to the working directory where only that is short enough. */
export function adminSocketPath(data: string): string {
  const path = resolve(data, "admin.sock");
  if (Buffer.byteLength(path) <= MAX_BYTES) return path;
  const short = relative(process.cwd(), path);
  if (Buffer.byteLength(short) <= MAX_BYTES) return short;
  throw new SdkError(
    "usage",
    `--data ${data}: the path is too long for a Unix socket (${MAX_BYTES} bytes with /admin.sock); use a shorter one`,
  );
}
