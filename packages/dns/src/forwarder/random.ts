import { getRandomValues } from "node:crypto";

const pool = new Uint16Array(2048);
let left = 0;

/** 0 to 65535, from the system's generator; drawn in blocks, since a draw of its own costs more than a query. */
export function randomU16(): number {
  if (left === 0) {
    getRandomValues(pool);
    left = pool.length;
  }
  left--;
  return pool[left] as number;
}
