import assert from "node:assert/strict";
import { RecentIds } from "./recent_ids.ts";

Deno.test("RecentIds.add() tells new ids from known ones, and forgets the oldest beyond its maximum", () => {
  const ids = new RecentIds(2);
  assert.deepEqual(["a", "b", "a"].map((id) => ids.add(id)), [true, true, false]);
  ids.add("c");
  assert.deepEqual(["a", "b", "c"].map((id) => ids.has(id)), [false, true, true]);
});
