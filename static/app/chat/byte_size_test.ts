/// <reference lib="deno.ns" />
import assert from "node:assert/strict";
import { byteSize } from "./byte_size.ts";

Deno.test("byteSize() writes the largest unit, and never less than there is", () => {
  assert.deepEqual([0, 999, 1001, 45_000, 46_081, 1_500_000].map(byteSize), [
    "0 bytes",
    "999 bytes",
    "1.1 KB",
    "45 KB",
    "46.1 KB",
    "1.5 MB",
  ]);
});
