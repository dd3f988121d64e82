import { escapeControls } from "../escape-controls.ts";

/** A table as istioctl and kubectl print it: upper-case headers, columns padded to the widest cell and five spaces apart, no borders. */
export function formatTable(headers: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [headers, ...rows].map((row) => row.map((cell) => escapeControls(cell)));
  const widths = headers.map((_, column) => Math.max(...lines.map((cells) => cells[column]?.length ?? 0)));
  const line = (cells: readonly string[]) =>
    cells.map((cell, column) => (column === cells.length - 1 ? cell : cell.padEnd((widths[column] ?? 0) + 5))).join("");
  return `${lines.map((cells) => line(cells).trimEnd()).join("\n")}\n`;
}
