import { fail, ok, type PortNumber, parsePortNumber, printable, type Result } from "@portolan/model";

/** `*`, or ports between commas; the empty text is none. Sorted, each once. */
export function parsePorts(text: string): Result<"*" | readonly PortNumber[]> {
  if (text.trim() === "*") return ok("*");
  const ports = new Set<PortNumber>();
  for (const part of text.split(",")) {
    const digits = part.trim();
    if (digits === "") continue;
    const port = /^\d{1,5}$/.test(digits) ? parsePortNumber(Number(digits)) : fail("");
    if (!port.ok) return fail(`"${printable(digits)}" is not a port: use numbers from 1 to 65535 between commas, or *`);
    ports.add(port.value);
  }
  return ok([...ports].sort((a, b) => a - b));
}
