/// <reference lib="deno.ns" />
import assert from "node:assert/strict";
import { sparklinePaths } from "./sparkline.ts";

Deno.test("sparklinePaths() goes from the first price to the last, high ones above", () => {
  assert.equal(sparklinePaths([1, 3, 2]).line, "M0.0 29.0 L50.0 3.0 L100.0 16.0");
});

Deno.test("sparklinePaths() draws equal prices in the middle, and fewer than two not at all", () => {
  assert.equal(sparklinePaths([5, 5]).line, "M0.0 16.0 L100.0 16.0");
  assert.deepEqual(sparklinePaths([5]), { line: "", area: "" });
});
