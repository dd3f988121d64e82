/** A table as istioctl and kubectl print it: upper-case headers, columns padded to the widest cell and five spaces apart, no borders. */
export function formatTable(headers: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = headers.map((header, column) =>
    Math.max(header.length, ...rows.map((row) => (row[column] ?? "").length)),
  );
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, column) => (column === cells.length - 1 ? cell : cell.padEnd((widths[column] ?? 0) + 5)))
      .join("")
      .trimEnd();
  return `${[headers, ...rows].map(line).join("\n")}\n`;
}
