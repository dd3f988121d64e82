import { stringify } from "yaml";
import { SdkError } from "../error.ts";
import { formatTable } from "./table.ts";

export type OutputFormat = "table" | "json" | "yaml";

export function parseOutputFormat(text: string): OutputFormat {
  if (text === "table" || text === "json" || text === "yaml") return text;
  throw new SdkError("usage", `"${text}" is not an output format: use -o table, json or yaml`);
}

/** A value for programs. */
export function formatValue(format: Exclude<OutputFormat, "table">, value: unknown): string {
  return format === "json" ? `${JSON.stringify(value, null, 2)}\n` : stringify(value);
}

/** One list in the three formats: a table for people, the values themselves for programs. */
export function formatList<Item>(
  format: OutputFormat,
  items: readonly Item[],
  columns: readonly (readonly [header: string, cell: (item: Item) => string])[],
): string {
  if (format !== "table") return formatValue(format, items);
  return formatTable(
    columns.map(([header]) => header),
    items.map((item) => columns.map(([, cell]) => cell(item))),
  );
}
