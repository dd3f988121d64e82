import { randomBytes } from "node:crypto";
import { open, readFile } from "node:fs/promises";
import { join } from "node:path";
import { SecretText } from "@portolan/model";

/** `DATA/admin.token` (0600), made on first start: whoever can read it may write through the admin API's TCP address. */
export async function loadAdminToken(data: string): Promise<SecretText> {
  const file = join(data, "admin.token");
  try {
    const handle = await open(file, "wx", 0o600);
    try {
      await handle.writeFile(`${randomBytes(32).toString("base64url")}\n`);
    } finally {
      await handle.close();
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
  return new SecretText((await readFile(file, "utf8")).trim());
}
