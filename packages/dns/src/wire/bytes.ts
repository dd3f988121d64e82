/** Two bytes in network order. What lies beyond the end reads as zero: callers check lengths. */
export function readU16(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
}

export function readU32(bytes: Uint8Array, at: number): number {
  return ((readU16(bytes, at) << 16) | readU16(bytes, at + 2)) >>> 0;
}

export function writeU16(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 8;
  bytes[at + 1] = value;
}

export function writeU32(bytes: Uint8Array, at: number, value: number): void {
  writeU16(bytes, at, value >>> 16);
  writeU16(bytes, at + 2, value & 0xffff);
}

/** Copies and gives the end in `into`. Short runs are copied by hand: a view of them costs more than the bytes. */
export function copyBytes(from: Uint8Array, start: number, end: number, into: Uint8Array, at: number): number {
  if (end - start > 64) {
    into.set(from.subarray(start, end), at);
    return at + end - start;
  }
  let to = at;
  for (let i = start; i < end; i++) into[to++] = from[i] as number;
  return to;
}
