import assert from "node:assert/strict";
import { LagWatch } from "./vitals.ts";

Deno.test("LagWatch.look() tells the longest delay until a window after it has passed in full", () => {
  const watch = new LagWatch(0);
  assert.equal(watch.look(0), 0);
  assert.equal(watch.look(250), 0);
  assert.equal(watch.look(900), 400, "due at 500");
  assert.equal(watch.look(1160), 400, "10 ms late");
  const told: number[] = [];
  for (let atMs = 1410; atMs <= 31_500; atMs += 250) told.push(watch.look(atMs));
  assert.equal(told[80], 400, "at 21 s, in the window after");
  assert.equal(told.at(-1), 0);
});
