import assert from "node:assert/strict";
import { fitText, printable, quotedText, textWidth } from "./terminal_text.ts";

Deno.test("printable() takes the sting out of escape sequences, line breaks and marks of direction", () => {
  assert.equal(printable("\x1b[2J\x1b]0;title\x07"), "\ufffd[2J\ufffd]0;title\ufffd");
  assert.equal(printable("A\r\nB\tC\x9b"), "A\ufffd\ufffdB\ufffdC\ufffd");
  assert.equal(printable("\u202eLPAA\u200b\u2028"), "\ufffdLPAA\ufffd\ufffd");
});

Deno.test("printable() leaves letters of any script alone", () => {
  assert.equal(printable("AAPL Ünïcode 東京 📈"), "AAPL Ünïcode 東京 📈");
});

Deno.test("printable() leaves emoji and words together that are joined of several", () => {
  assert.equal(printable("👩‍👩‍👧 نمی\u200cخواهم"), "👩‍👩‍👧 نمی\u200cخواهم");
});

Deno.test("textWidth() counts wide characters twice and combining ones not at all", () => {
  assert.deepEqual(["AAPL", "東京", "📈", "e\u0301"].map(textWidth), [4, 4, 2, 1]);
});

Deno.test("fitText() pads and cuts to exactly the width", () => {
  assert.equal(fitText("AB", 4), "AB  ");
  assert.equal(fitText("AB", 4, "right"), "  AB");
  assert.equal(fitText("ABCDE", 4), "ABC…");
  assert.equal(fitText("東京都", 4), "東… ");
  assert.equal(fitText("AB", 0), "");
});

Deno.test("quotedText() is printable, on one line, and cut where it is long", () => {
  assert.equal(quotedText("no\n\x1b[2J"), "no\ufffd\ufffd[2J");
  assert.equal(quotedText("x".repeat(500)), "x".repeat(500));
  assert.equal(quotedText(`${"x".repeat(499)}👍`), `${"x".repeat(499)}\ufffd…`);
});
