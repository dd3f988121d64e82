import { join } from "node:path";
import { expect } from "vitest";
import { agreed, agreedCode } from "./oracle.ts";
import { hex } from "./query-bytes.ts";

const folder = join(import.meta.dirname, "../../goldens");

/** Compares a dialogue with `goldens/NAME.txt`. */
export async function expectDialogue(
  name: string,
  exchanges: readonly (readonly [string, Uint8Array, Uint8Array | undefined])[],
): Promise<void> {
  const text = exchanges
    .map(([title, query, reply]) => `# ${title}\n> ${shortHex(query)}\n${replyText(reply)}`)
    .join("\n");
  await expect(text).toMatchFileSnapshot(join(folder, `${name}.txt`));
}

/** Compares what happened, in words and hex, with `goldens/NAME.txt`. */
export async function expectTranscript(name: string, lines: readonly string[]): Promise<void> {
  await expect(`${lines.join("\n")}\n`).toMatchFileSnapshot(join(folder, `${name}.txt`));
}

/** `< HEX` and what it means. */
export function replyText(reply: Uint8Array | undefined): string {
  return reply === undefined ? "< nothing\n" : `< ${shortHex(reply)}\n${meaning(reply)}`;
}

/** A header alone has no question that a codec could read. */
function meaning(reply: Uint8Array): string {
  if (reply.length === 12) return `  code ${agreedCode(reply)}, no question\n`;
  const { rcode, authoritative, truncated, recursionAvailable, ...sections } = agreed(reply);
  const flags = [authoritative && "aa", truncated && "tc", recursionAvailable && "ra"].filter((flag) => flag !== false);
  const lines = [`  ${[rcode, ...flags].join(" ")}`];
  for (const [section, records] of Object.entries(sections)) {
    for (const { name, type, ttlSeconds, value } of records.slice(0, 8))
      lines.push(`  ${section}: ${name} ${ttlSeconds} ${type} ${value}`);
    if (records.length > 8) lines.push(`  ${section}: and ${records.length - 8} more`);
  }
  return `${lines.join("\n")}\n`;
}

export function shortHex(bytes: Uint8Array): string {
  const text = hex(bytes);
  return text.length > 600 ? `${text.slice(0, 600)}... (${bytes.length} bytes)` : text;
}
