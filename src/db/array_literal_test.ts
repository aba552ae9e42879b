import assert from "node:assert/strict";
import { arrayLiteral } from "./array_literal.ts";

Deno.test("arrayLiteral() writes an empty array", () => {
  assert.equal(arrayLiteral([]), "{}");
});

Deno.test("arrayLiteral() quotes what would end or split an element", () => {
  assert.equal(
    arrayLiteral(['a"b', "c,d", "e\\f", "{g}", "NULL", ""]),
    '{"a\\"b","c,d","e\\\\f","{g}","NULL",""}',
  );
});

Deno.test("arrayLiteral() keeps every digit of a number", () => {
  assert.equal(arrayLiteral([0.1, 1e21, -5]), "{0.1,1e+21,-5}");
});
