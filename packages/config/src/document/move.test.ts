import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { decodeDocument, moveDocument, splitDocuments } from "../index.ts";
import { context } from "../testing/decoding.ts";

const goldens = join(import.meta.dirname, "../../goldens");

describe("a document that moved", () => {
  it.each(readdirSync(goldens))("has the positions that decoding it there gives: %s", (name) => {
    for (const file of readdirSync(join(goldens, name)).filter((one) => one !== "out.yaml")) {
      const at = { ...context, file };
      for (const slice of splitDocuments(readFileSync(join(goldens, name, file), "utf8"))) {
        const decoded = decodeDocument(slice, at);
        expect(moveDocument(decoded, slice.line + 7)).toEqual(decodeDocument({ ...slice, line: slice.line + 7 }, at));
        expect(moveDocument(decoded, slice.line)).toBe(decoded);
      }
    }
  });
});
