/**
 * FNV-1a over UTF-16 code units, then a final mix so that the high bits are as good as the low ones. 32 bits, unkeyed and
 * fixed for ever: places in the VIP pools start from it, and two servers must agree.
 */
export function hashText(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) {
    hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
