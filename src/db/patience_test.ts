import assert from "node:assert/strict";
import { Patience } from "./patience.ts";

const LONG_MS = 60_000;

Deno.test("Patience.isOver() gives a pool up at once where nothing else may take longer", () => {
  const patience = new Patience();
  for (let n = 0; n < 4; n += 1) assert.equal(patience.isOver(1000, 1000), true);
});

Deno.test("Patience.isOver() grants more each time that it cost others their answer", () => {
  const patience = new Patience();
  assert.equal(patience.isOver(1000, LONG_MS), true, "it may be mute");
  assert.equal(patience.isOver(1000, LONG_MS), false, "1 s of 2 has passed");
  // Whatever is answered in between ends the silence.
  patience.answered(1000);
  assert.equal(patience.isOver(1000, LONG_MS), false);
  patience.answered(1000);
  assert.equal(patience.isOver(2500, LONG_MS), true, "2.5 s of 2 have passed");
  assert.equal(patience.isOver(2500, LONG_MS), false, "2.5 s of 5 have passed");
});

Deno.test("Patience.isOver() is as short as at first when a longer query has ended well", () => {
  const patience = new Patience();
  patience.isOver(1000, LONG_MS);
  patience.answered(1000);
  assert.equal(patience.isOver(1000, LONG_MS), false, "a short one says nothing of the long ones");
  patience.answered(LONG_MS);
  assert.equal(patience.isOver(1000, LONG_MS), true);
});

Deno.test("Patience.isOver() remembers through whatever ends well in less time than was lost", () => {
  // A look for the trigger, 5 s at most, came between the pulses: the feed's first read, which takes longer on
  // an overloaded machine, was ended every 12 s and never came to an end.
  const patience = new Patience();
  patience.isOver(1000, LONG_MS);
  patience.answered(LONG_MS - 1);
  assert.equal(patience.isOver(1000, LONG_MS), false);
});

Deno.test("Patience.isOver() never grants more than 32 s", () => {
  const patience = new Patience();
  for (let n = 0; n < 10; n += 1) patience.isOver(32_000, LONG_MS);
  assert.equal(patience.isOver(32_000, LONG_MS), true);
});
