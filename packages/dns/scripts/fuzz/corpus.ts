import { createHash } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { startTarget } from "./child.ts";
import { type Finding, openUdpStorm } from "./udp.ts";

const folder = join(import.meta.dirname, "../../corpus");

/** Writes what was found, as few messages as show it, where a test replays it for ever. Gives the file. */
export async function keep(finding: NonNullable<Finding>): Promise<string> {
  const messages = await fewest(finding);
  const lines = messages.map((message) => Buffer.from(message).toString("hex"));
  const name = `found-${createHash("sha256").update(lines.join("\n")).digest("hex").slice(0, 12)}.txt`;
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, name), `# ${finding.what.split("\n")[0]}\n${lines.join("\n")}\n`);
  return name;
}

/** The first message that is enough alone; all of them where none is. */
async function fewest({ batch }: NonNullable<Finding>): Promise<readonly Uint8Array[]> {
  for (const message of batch) {
    const target = await startTarget();
    try {
      const storm = await openUdpStorm(target, true);
      const again = await storm.send([message]);
      storm.close();
      if (again !== undefined) return [message];
    } finally {
      await target.stop();
    }
  }
  return batch;
}
