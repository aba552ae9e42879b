import assert from "node:assert/strict";
import { fromBase64, toBase64 } from "./base64.ts";

Deno.test("fromBase64() gives back what toBase64() was given", () => {
  const bytes = Uint8Array.from({ length: 20_000 }, (_, index) => index % 256);
  assert.deepEqual(fromBase64(toBase64(bytes)), bytes);
  assert.deepEqual(fromBase64(toBase64(new Uint8Array())), new Uint8Array());
});

Deno.test("fromBase64() takes nothing else", () => {
  assert.equal(fromBase64("<b>"), undefined);
});
