/**
 * Each change that is measured puts an address of its own into the mesh, so that whoever receives it can tell which one it
 * is, although changes may have been merged on the way. The addresses are all of one length: 11.100.100.100 to
 * 11.255.255.255.
 */
export const CHANGES = 156 ** 3;

export function changeAddress(change: number): string {
  const octets = [Math.floor(change / 156 ** 2) % 156, Math.floor(change / 156) % 156, change % 156];
  return `11.${octets.map((octet) => octet + 100).join(".")}`;
}

// As a protobuf string: 14 bytes that begin with "11.".
const needle = Buffer.from("\x0e11.");

/** The changes whose addresses stand in a message. */
export function eachChange(message: Buffer, visit: (change: number) => void): void {
  for (let at = message.indexOf(needle); at >= 0; at = message.indexOf(needle, at + 4)) {
    const change = parseAt(message, at + 4);
    if (change !== undefined) visit(change);
  }
}

/** `100.100.100` at an offset. */
function parseAt(message: Buffer, at: number): number | undefined {
  if (message[at + 3] !== 46 || message[at + 7] !== 46 || at + 11 > message.length) return undefined;
  const octets = [0, 4, 8].map((offset) => octetAt(message, at + offset));
  const [a, b, c] = octets as [number, number, number];
  const good = octets.every((octet) => octet >= 100 && octet <= 255);
  return good ? ((a - 100) * 156 + (b - 100)) * 156 + (c - 100) : undefined;
}

function octetAt(message: Buffer, at: number): number {
  return digitAt(message, at) * 100 + digitAt(message, at + 1) * 10 + digitAt(message, at + 2);
}

function digitAt(message: Buffer, at: number): number {
  const digit = (message[at] ?? 0) - 48;
  return digit >= 0 && digit <= 9 ? digit : Number.NaN;
}
