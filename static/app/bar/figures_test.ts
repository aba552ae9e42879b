/// <reference lib="deno.ns" />
import assert from "node:assert/strict";
import { bytes, perSecond } from "./figures.ts";

Deno.test("bytes() writes a number of bytes in its largest unit", () => {
  assert.deepEqual([0, 999, 1000, 2_340_000, 5e9].map(bytes), [
    "0 B",
    "999 B",
    "1.0 kB",
    "2.3 MB",
    "5.0 GB",
  ]);
});

Deno.test("perSecond() has a decimal where that says something", () => {
  assert.deepEqual([0, 0.25, 9.94, 10.4, 1234].map(perSecond), ["0", "0.3", "9.9", "10", "1,234"]);
});
