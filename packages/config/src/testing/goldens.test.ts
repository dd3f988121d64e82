import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { decodeAll } from "./decoding.ts";

const root = join(import.meta.dirname, "../../goldens");

/** Maps as mappings, positions as `line:column`, what is undefined left out. */
function plain(value: unknown): unknown {
  if (value instanceof Map) return Object.fromEntries([...value].map(([name, member]) => [name, plain(member)]));
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value;
  const { line, column, ...rest } = value as { line?: number; column?: number };
  if (line !== undefined && column !== undefined) return `${line}:${column}`;
  const members = Object.entries(line === undefined ? rest : value);
  return Object.fromEntries(
    members.filter(([, member]) => member !== undefined).map(([name, member]) => [name, plain(member)]),
  );
}

describe("goldens: what a file says", () => {
  it.each(readdirSync(root))("%s", async (name) => {
    const folder = join(root, name);
    const files = readdirSync(folder).filter((file) => file !== "out.yaml");
    const decoded = files.flatMap((file) => decodeAll(readFileSync(join(folder, file), "utf8"), file));
    const text = stringify(plain(decoded), { sortMapEntries: true, lineWidth: 0, aliasDuplicateObjects: false });
    await expect(text).toMatchFileSnapshot(join(folder, "out.yaml"));
  });
});
