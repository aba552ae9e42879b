import assert from "node:assert/strict";
import { readClientToken } from "./client_token.ts";

Deno.test("readClientToken() reads QUOTEWIRE_TOKEN, if there is one", () => {
  assert.equal(readClientToken(() => undefined), undefined);
  assert.equal(readClientToken(() => " "), undefined);
  assert.equal(readClientToken((name) => name === "QUOTEWIRE_TOKEN" ? "a.b_c " : "x"), "a.b_c");
});

Deno.test("readClientToken() does not show a token that cannot be carried", () => {
  assert.throws(() => readClientToken(() => "secret word"), /is a text of 11 characters/);
  assert.throws(
    () => readClientToken(() => "secret word"),
    (error) => !/secret/.test(String(error)),
  );
});
