import { hash } from "node:crypto";
import type { Hash } from "../resource/encoded-resource.ts";

const VERSION_LENGTH = 32;
const codes = new Array<number>(VERSION_LENGTH).fill(0);

/** 128 bits of SHA-256, in hex. A text of its own: a slice of the whole hash would keep that as well, for every resource. */
export const sha256Version: Hash = (bytes) => {
  const text = hash("sha256", bytes, "hex");
  for (let at = 0; at < VERSION_LENGTH; at++) codes[at] = text.charCodeAt(at);
  return String.fromCharCode(...codes);
};
