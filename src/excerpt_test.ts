import assert from "node:assert/strict";
import { excerpt, hostExcerpt, withoutLongWords } from "./excerpt.ts";

// A token that was shown as a topic, a room or an origin stood in the log, whole or its first 64 characters.
Deno.test("excerpt() quotes no word that could be a token", () => {
  assert.equal(excerpt("0123456789abcdef"), '"[16 characters]"');
  assert.equal(
    excerpt("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhZGEifQ.abc"),
    '"[20 characters].[18 characters].abc"',
  );
  assert.equal(excerpt("a desk of prices, 0123456789abcde"), '"a desk of prices, 0123456789abcde"');
});

Deno.test("excerpt() leaves no part of a token where it cuts", () => {
  for (let blanks = 0; blanks < 80; blanks += 1) {
    const shown = excerpt(" ".repeat(blanks) + "s3cret".repeat(8));
    assert.ok(!shown.includes("s3cret"), shown);
  }
});

Deno.test("excerpt() is short, and quotes what it shows as JSON does", () => {
  assert.equal(excerpt('say "no"'), '"say \\"no\\""');
  assert.equal(excerpt("a b ".repeat(100)), `"${"a b ".repeat(16)}"…`);
});

Deno.test("hostExcerpt() shows a host, and none that could be a token", () => {
  assert.equal(
    hostExcerpt("https://the-prices-of-our-desk.example.com:8443"),
    "https://the-prices-of-our-desk.example.com:8443",
  );
  assert.equal(hostExcerpt(`http://${"a1".repeat(24)}`), "http://[48 characters]");
  assert.equal(hostExcerpt("a.".repeat(100)), `${"a.".repeat(32)}…`);
});

Deno.test("withoutLongWords() leaves what is no word of a token", () => {
  assert.equal(
    withoutLongWords("日本語の名前はとても長いですよね、本当に"),
    "日本語の名前はとても長いですよね、本当に",
  );
});
