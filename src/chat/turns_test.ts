import assert from "node:assert/strict";
import { Turns } from "./turns.ts";

function waiting(itemsMax: number, ...items: string[]): Turns<string> {
  const turns = new Turns<string>(itemsMax);
  for (const item of items) assert.equal(turns.add(ownerOf(item), item), undefined);
  return turns;
}

/** `a2` is what `a` waits for. */
function ownerOf(item: string): string {
  return item.slice(0, 1);
}

function takeAll(turns: Turns<string>): string {
  const taken: string[] = [];
  for (let item = turns.take(); item !== undefined; item = turns.take()) taken.push(item);
  return taken.join(" ");
}

Deno.test("Turns.take() lets owners take turns, each with what came first", () => {
  const turns = waiting(10, "a1", "a2", "a3", "b1", "c1", "b2");
  assert.equal(takeAll(turns), "a1 b1 c1 a2 b2 a3");
});

Deno.test("Turns.add() gives an owner with less a place of the one with most, when it is full", () => {
  const turns = waiting(4, "a1", "a2", "a3", "b1");
  assert.equal(turns.add("c", "c1"), "a3");
  assert.equal(turns.add("a", "a4"), "a4", "not to the one with most itself");
  assert.equal(turns.add("c", "c2"), "c2", "nor to somebody who has as much then");
  assert.equal(takeAll(turns), "a1 b1 c1 a2");
  assert.equal(turns.add("a", "a5"), undefined, "there is room again");
});

Deno.test("Turns.remove() takes out what nobody waits for any more", () => {
  const turns = waiting(3, "a1", "a2", "b1");
  assert.deepEqual([turns.remove("a", "a1"), turns.remove("a", "a1")], [true, false]);
  assert.equal(turns.add("c", "c1"), undefined, "its place is free");
  assert.equal(takeAll(turns), "a2 b1 c1");
});

Deno.test("Turns.takeOld() takes the old of all owners, and leaves the rest in their turns", () => {
  const turns = waiting(4, "a1", "a2", "b1", "c2");
  assert.deepEqual(turns.takeOld((item) => item.endsWith("1")), ["a1", "b1"]);
  assert.equal(turns.add("b", "b3"), undefined);
  assert.equal(turns.add("d", "d3"), undefined);
  assert.equal(takeAll(turns), "a2 c2 b3 d3");
});
