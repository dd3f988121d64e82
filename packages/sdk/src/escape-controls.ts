/**
 * Makes what a terminal or a reader of logs would act on visible: C0 and C1 controls, line and paragraph separators, and characters that
 * turn the direction of text, as `\u001b`. Inside JSON text it changes nothing but strings, and those not in meaning.
 */
export function escapeControls(text: string, options: { readonly keepLines?: boolean } = {}): string {
  return text.replace(/[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu, (char) =>
    options.keepLines === true && (char === "\n" || char === "\t")
      ? char
      : `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
