/** Bytes that many names share: a view of its own costs a name ten times what its bytes do. */
export interface Slab {
  /** Room for `length` bytes; they are all zero. */
  take(length: number): { readonly bytes: Uint8Array; readonly start: number };
}

/** The first chunk is small, so that a change of one name keeps little alive; they double up to 64 KiB. */
export function createSlab(): Slab {
  let bytes = new Uint8Array(256);
  let used = 0;
  return {
    take(length) {
      if (used + length > bytes.length) {
        bytes = new Uint8Array(Math.max(length, Math.min(bytes.length * 2, 65_536)));
        used = 0;
      }
      const start = used;
      used += length;
      return { bytes, start };
    },
  };
}
