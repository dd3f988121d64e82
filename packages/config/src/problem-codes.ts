/**
 * Every code of a problem that decoding can report, with its meaning in one line. `IST` codes are Istio's, where the
 * meaning is the same (istio.io/latest/docs/reference/config/analysis); `PTL10xx` are ours.
 */
export const problemCodes = {
  IST0106:
    "A field is missing, has the wrong type, or holds a value that its rule does not allow (SchemaValidationError).",
  IST0133: "A value is allowed but does not do what it seems to (SchemaWarning).",
  PTL1001: "The document is not YAML.",
  PTL1002: "The document is too large, too deep, or grows too much by its aliases.",
  PTL1003: "A key stands twice in one mapping, or is no plain text.",
  PTL1004: "The document uses a YAML tag; only plain YAML is read.",
  PTL1005: "The document holds a control character that YAML does not allow.",
  PTL1006: "A number has no single meaning: it starts with 0, or cannot be held.",
  PTL1007: "A shell variable was not expanded before the document was applied.",
  PTL1008: "A field is not known.",
  PTL1009: "A kind, a field or a value is known and not yet used.",
  PTL1010: "A kind or its apiVersion is not known.",
  PTL1011:
    "It cannot be told which object a document describes: kind, apiVersion or metadata.name is missing or wrong.",
  PTL1012: "There are more problems than are shown.",
} as const satisfies Readonly<Record<string, string>>;

export type ProblemCode = keyof typeof problemCodes;
