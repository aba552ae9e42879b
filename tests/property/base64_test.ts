import assert from "node:assert/strict";
import fc from "fast-check";
import * as v from "valibot";
import { base64Schema } from "../../src/base64_text.ts";
import { fromBase64 } from "../../src/client/base64.ts";

/** Those of base64, and what looks or counts as one of them somewhere. */
const aCharacter = fc.constantFrom(
  ...[
    "A",
    "k",
    "s",
    "Z",
    "0",
    "9",
    "+",
    "/",
    "=",
    "-",
    "_",
    " ",
    "\n",
    "\u212a",
    "\u017f",
    "\u00e9",
  ],
);
const nearBase64 = fc.oneof(
  fc.string({ unit: aCharacter, maxLength: 12 }),
  fc.string({ unit: fc.constantFrom("A", "k", "s", "/", "="), maxLength: 8 }),
  fc.string(),
);

Deno.test("What base64Schema lets through, Uint8Array.fromBase64 and fromBase64() read alike", () => {
  fc.assert(
    fc.property(nearBase64, (text) => {
      if (!v.safeParse(base64Schema, text).success) return;
      assert.deepEqual(fromBase64(text), Uint8Array.fromBase64(text));
    }),
    { examples: [["\u212a".repeat(4)], ["\u017f".repeat(4)], ["QR=="]], numRuns: 2000 },
  );
});

Deno.test("base64Schema lets through whatever toBase64 writes", () => {
  fc.assert(fc.property(fc.uint8Array(), (bytes) => {
    const text = new Uint8Array(bytes).toBase64();
    assert.equal(v.parse(base64Schema, text), text);
  }));
});
