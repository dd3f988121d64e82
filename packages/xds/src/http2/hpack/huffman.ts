/**
 * How many bits the code of each byte has (RFC 7541, appendix B). The code is canonical: those of one length follow each
 * other in the order of their bytes, so that the lengths say all.
 */
const LENGTHS: readonly number[] = [
  13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 30, 28, 28, 28, 28, 28, 28,
  28, 28, 28, 6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6, 5, 5, 5, 6, 6, 6, 6, 6, 6, 6, 7, 8, 15, 6, 12, 10,
  13, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 8, 7, 8, 13, 19, 13, 14, 6, 15, 5, 6, 5, 6,
  5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5, 6, 7, 6, 5, 5, 6, 7, 7, 7, 7, 7, 15, 11, 14, 13, 28, 20, 22, 20, 20, 22, 22, 22, 23,
  22, 23, 23, 23, 23, 23, 24, 23, 24, 24, 22, 23, 24, 23, 23, 23, 23, 21, 22, 23, 22, 23, 23, 24, 22, 21, 20, 22, 22,
  23, 23, 21, 23, 22, 22, 24, 21, 22, 23, 23, 21, 21, 22, 21, 23, 22, 23, 23, 20, 22, 22, 22, 23, 22, 22, 23, 26, 26,
  20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25, 19, 21, 26, 27, 27, 26, 27, 24, 21, 21, 26, 26, 28, 27, 27,
  27, 20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25, 25, 24, 24, 26, 23, 26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27,
  27, 27, 27, 26,
  // The end of a string, which must not come in one.
  30,
];
const END = 256;

// One entry for each state and each four bits that follow: the next state, and the byte that is complete by them. No
// code has less than five bits, so four complete one byte at most.
const NEXT = 0xffff;
const COMPLETES = 0x0100_0000;
const INVALID = -1;

const { steps, mayEnd } = compile();

/** Where a code that the bits so far begin may still go: two children a node, a leaf is the byte's complement. */
function codeTree(): number[] {
  const tree = [0, 0];
  const inOrder = LENGTHS.map((_, byte) => byte).sort((a, b) => LENGTHS[a]! - LENGTHS[b]! || a - b);
  let code = 0;
  let bits = LENGTHS[inOrder[0]!]!;
  for (const byte of inOrder) {
    code *= 2 ** (LENGTHS[byte]! - bits);
    bits = LENGTHS[byte]!;
    let node = 0;
    for (let bit = bits - 1; bit > 0; bit--) {
      const at = node + ((code >>> bit) & 1);
      if (tree[at] === 0) tree[at] = tree.push(0, 0) - 2;
      node = tree[at]!;
    }
    tree[node + (code & 1)] = ~byte;
    code++;
  }
  return tree;
}

function compile() {
  const tree = codeTree();
  const states = tree.length / 2;
  const table = new Int32Array(states * 16);
  for (let state = 0; state < states; state++) {
    for (let nibble = 0; nibble < 16; nibble++) {
      let node = state * 2;
      let entry = 0;
      for (let bit = 3; bit >= 0 && entry !== INVALID; bit--) {
        node = tree[node + ((nibble >> bit) & 1)]!;
        if (node >= 0) continue;
        entry = ~node === END ? INVALID : COMPLETES | (~node << 16);
        node = 0;
      }
      table[state * 16 + nibble] = entry === INVALID ? INVALID : entry | (node / 2);
    }
  }
  // What is left over at the end must be the first bits of the code of the end: ones, less than eight.
  const ends = new Uint8Array(states);
  let node = 0;
  for (let bits = 0; bits < 8; bits++) {
    ends[node / 2] = 1;
    node = tree[node + 1]!;
  }
  return { steps: table, mayEnd: ends };
}

/** Undefined: it is not the code of a string. */
export function decodeHuffman(source: Uint8Array, start: number, end: number): string | undefined {
  let text = "";
  let state = 0;
  for (let at = start; at < end; at++) {
    const byte = source[at]!;
    const high = steps[state * 16 + (byte >> 4)]!;
    if (high === INVALID) return undefined;
    if (high >= COMPLETES) text += String.fromCharCode((high >> 16) & 0xff);
    const low = steps[(high & NEXT) * 16 + (byte & 15)]!;
    if (low === INVALID) return undefined;
    if (low >= COMPLETES) text += String.fromCharCode((low >> 16) & 0xff);
    state = low & NEXT;
  }
  return mayEnd[state] === 1 ? text : undefined;
}
