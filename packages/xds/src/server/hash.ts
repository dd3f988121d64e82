import { hash } from "node:crypto";
import type { Hash } from "../resource/encoded-resource.ts";

/** 128 bits of SHA-256, in hex. */
export const sha256Version: Hash = (bytes) => hash("sha256", bytes, "hex").slice(0, 32);
