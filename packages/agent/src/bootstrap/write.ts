import { randomBytes } from "node:crypto";
import { mkdir, open, rename, rm } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { AgentError } from "../error.ts";
import { createBootstrap, formatBootstrap } from "./bootstrap.ts";
import type { BootstrapOptions } from "./options.ts";
import { secretFiles } from "./secret-files.ts";

/** Where `writeBootstrap` puts the files that lead Envoy to its certificates: beside the bootstrap, under its name. */
export function secretFilesBeside(file: string): string {
  return resolve(file).replace(/\.json$/, "");
}

/**
 * Writes a bootstrap and the files that it refers to, each at once.
 *
 * @returns the files written, the bootstrap last
 * @throws AgentError `not-writable`
 */
export async function writeBootstrap(file: string, options: BootstrapOptions): Promise<readonly string[]> {
  const bootstrap = { path: resolve(file), text: formatBootstrap(createBootstrap(options)) };
  const files = [...secretFiles(options.authentication), bootstrap];
  for (const { path, text } of files) await replaceFile(path, text);
  return files.map(({ path }) => path);
}

async function replaceFile(path: string, text: string): Promise<void> {
  const temporary = `${path}.${randomBytes(8).toString("hex")}.tmp`;
  try {
    await mkdir(dirname(path), { recursive: true });
    const file = await open(temporary, "wx", 0o644);
    try {
      await file.writeFile(text);
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (cause) {
    await rm(temporary, { force: true }).catch(() => {});
    throw new AgentError("not-writable", `${path} cannot be written (${(cause as NodeJS.ErrnoException).code})`, {
      cause,
    });
  }
}
