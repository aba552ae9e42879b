import * as v from "valibot";

const STRANGE_REGEXP = /[^A-Za-z0-9+/]/;

/**
 * Bytes in base64, whole groups of four characters: what passes, `Uint8Array.fromBase64` and `atob` read.
 * `v.base64` would not do. It takes U+212A for a k and U+017F for an s, and its regular expression
 * overflows the stack somewhere above 4 MB (valibot 1.5.0).
 */
export const base64Schema: v.GenericSchema<string> = v.pipe(
  v.string(),
  v.check(isBase64, "must be base64"),
);

function isBase64(text: string): boolean {
  if (text.length % 4 !== 0) return false;
  const end = text.search(STRANGE_REGEXP);
  return end === -1 || ["=", "=="].includes(text.slice(end));
}
