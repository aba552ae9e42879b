import assert from "node:assert/strict";
import { Selections } from "./selections.ts";

Deno.test("Selections.isLone() is true while one session has the selection", () => {
  const selections = new Selections();
  assert.equal(selections.isLone("a"), false);
  selections.move(undefined, "a");
  assert.equal(selections.isLone("a"), true);
  selections.move(undefined, "a");
  assert.equal(selections.isLone("a"), false);
  selections.move("a", "b");
  assert.equal(selections.isLone("a"), true);
  assert.equal(selections.isLone("b"), true);
});

Deno.test("Selections.move() from a selection to itself changes nothing", () => {
  const selections = new Selections();
  selections.move(undefined, "a");
  selections.move("a", "a");
  assert.equal(selections.isLone("a"), true);
});

Deno.test("Selections.move() forgets what nobody has any more", () => {
  const selections = new Selections();
  selections.move(undefined, "a");
  selections.move("a", "b");
  assert.equal(selections.size, 1);
  selections.move("b", undefined);
  assert.equal(selections.size, 0);
});
