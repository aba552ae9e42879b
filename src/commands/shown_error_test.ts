import assert from "node:assert/strict";
import { shownError } from "./shown_error.ts";

Deno.test("shownError() leaves the lines of an error and its indents as they are", () => {
  const text = "Cannot start:\r\n\tPORT must be a number\n    at main.ts:1:1 (東京)";
  const shown = "Cannot start:\n    PORT must be a number\n    at main.ts:1:1 (東京)";
  assert.equal(shownError(text), shown);
});

Deno.test("shownError() takes out what a terminal obeys, in each line", () => {
  // What a server gave as its reason reached standard error as it was, the user's clipboard with it.
  assert.equal(shownError("a\x1b[2J\nb\x9b\u202ec\rd"), "a\ufffd[2J\nb\ufffd\ufffdc\ufffdd");
});

Deno.test("shownError() cuts what is far too long", () => {
  const shown = shownError("x".repeat(100_000) + "\n".repeat(100_000)).split("\n");
  assert.deepEqual([shown.length, shown[0]?.length, shown.at(-1)], [201, 2001, "…"]);
});
