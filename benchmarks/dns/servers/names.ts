/** The names that every server knows: `h0.shop.global` and so on. */
export const NAMES = 1_000;

export function hostName(number: number): string {
  return `h${number}.shop.global`;
}

export function hostAddress(number: number): string {
  return `127.255.${(number + 1) >> 8}.${(number + 1) & 255}`;
}
