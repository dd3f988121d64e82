import { randomBytes } from "node:crypto";
import { link, open, readFile, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { printable, SecretText } from "@portolan/model";
import { warn } from "../control-plane/warnings.ts";
import { SdkError } from "../error.ts";

const BYTES = 32;

/**
 * `DATA/admin.token` (0600), made on first start: whoever can read it may write through the admin API's TCP address. It appears
 * with its text in it, so that two that start at once read the same one.
 *
 * @throws SdkError `data-not-writable`, `bad-data` where the file holds no token
 */
export async function loadAdminToken(data: string): Promise<SecretText> {
  const file = join(data, "admin.token");
  try {
    const text = (await readIfThere(file)) ?? (await makeToken(file));
    const token = text.trim();
    if (token.length >= 16) {
      await warnIfShared(file);
      return new SecretText(token);
    }
  } catch (error) {
    const reason = printable((error as Error).message, 300);
    throw new SdkError("data-not-writable", `${file} cannot be read or made: ${reason}`, { cause: error });
  }
  throw new SdkError("bad-data", `${file} holds no token of 16 characters or more: remove it, and a new one is made`);
}

async function makeToken(file: string): Promise<string> {
  const draft = `${file}.${randomBytes(8).toString("hex")}`;
  try {
    const handle = await open(draft, "wx", 0o600);
    try {
      await handle.chmod(0o600);
      await handle.writeFile(`${randomBytes(BYTES).toString("base64url")}\n`);
      await handle.sync();
    } finally {
      await handle.close();
    }
    // Unlike a rename, a link does not take the place of what another process put there meanwhile.
    await link(draft, file).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "EEXIST") throw error;
    });
  } finally {
    await rm(draft, { force: true });
  }
  return readFile(file, "utf8");
}

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

async function warnIfShared(file: string): Promise<void> {
  const { mode } = await stat(file);
  if (process.platform === "win32" || (mode & 0o077) === 0) return;
  const octal = (mode & 0o777).toString(8).padStart(4, "0");
  warn(`${file} can be used by other users of this machine (mode ${octal}): chmod 0600 it, or remove it for a new one`);
}
