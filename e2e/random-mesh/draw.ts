import type { Random } from "../testing/random.ts";

/** Draws names and addresses, none of them twice. */
export interface Draw {
  readonly random: Random;
  /** A DNS label that was not drawn before. */
  name(): string;
  /** A port above those that need a privilege, not drawn before. */
  port(): number;
  /** The first three numbers of a /24 within 127.0.0.0/8 that holds nothing yet. */
  block(): string;
  /** A loopback address of which nobody else has the /24. */
  loopback(): string;
}

const onsets = ["b", "d", "f", "g", "k", "l", "m", "n", "p", "r", "s", "t", "v", "w", "z", "qu", "st", "tr", "gl"];
const vowels = ["a", "e", "i", "o", "u", "ai", "ou", "ie"];

export function createDraw(random: Random): Draw {
  const taken = new Set<string>();
  const unique = (make: () => string): string => {
    for (;;) {
      const drawn = make();
      if (taken.has(drawn)) continue;
      taken.add(drawn);
      return drawn;
    }
  };
  const syllable = () => random.pick(onsets) + random.pick(vowels);
  const word = () => Array.from({ length: random.integer(2, 3) }, syllable).join("");
  // 127.0/16 is where people and the examples put things, 127.255/16 is the pool of VIPs.
  const block = () => unique(() => `127.${random.integer(1, 250)}.${random.integer(0, 255)}`);
  return {
    random,
    name: () => unique(() => word() + random.pick(["", "", `-${word()}`, `${random.integer(0, 99)}`])),
    // Above what must not be taken (15000-15999) and below what the system hands out (32768-60999).
    port: () =>
      Number(unique(() => `${random.chance(0.5) ? random.integer(2000, 14_000) : random.integer(16_000, 32_000)}`)),
    block,
    loopback: () => `${block()}.${random.integer(1, 254)}`,
  };
}
