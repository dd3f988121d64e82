export { decodeDocument, decodeManifest } from "./document/decode.ts";
export type { DecodeContext, DecodedDocument, DocumentSlice } from "./document/decoded.ts";
export { moveDocument } from "./document/move.ts";
export { splitDocuments } from "./document/split.ts";
export { type ProblemCode, problemCodes } from "./problem-codes.ts";
