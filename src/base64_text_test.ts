import assert from "node:assert/strict";
import * as v from "valibot";
import { base64Schema } from "./base64_text.ts";

function passes(text: string): boolean {
  return v.safeParse(base64Schema, text).success;
}

Deno.test("base64Schema takes whole groups, padded where they have to be", () => {
  for (const text of ["", "QUJD", "QUI=", "QQ==", "+/+/", "QR=="]) assert.ok(passes(text), text);
  for (const text of ["Q", "QQ", "QQ=", "Q===", "====", "Q=Q=", "QQ==QQ==", "QUJ-", "QU\nJ"]) {
    assert.ok(!passes(text), text);
  }
});

Deno.test("base64Schema refuses letters that only ignoring case makes those of base64", () => {
  // `v.base64` took them, and decoding what it had let through ended the session with 1011.
  for (const letter of ["\u212a", "\u017f"]) assert.ok(!passes(letter.repeat(4)), letter);
});

Deno.test("base64Schema reads many megabytes", () => {
  // The regular expression of `v.base64` overflowed the stack: "Maximum call stack size exceeded".
  assert.ok(passes(`${"QUJD".repeat(4 * 1024 * 1024)}QQ==`));
});
