import assert from "node:assert/strict";
import { PendingLoad } from "./pending_load.ts";

const MB = 1024 * 1024;

/** Adds messages until there is no room. Returns how many there were. */
function fill(load: PendingLoad, address: string, bytes: number): number {
  let count = 0;
  while (load.add(address, bytes)) count += 1;
  return count;
}

Deno.test("PendingLoad.add() gives one address a quarter of the bytes, and leaves the rest to others", () => {
  const load = new PendingLoad();
  assert.equal(fill(load, "here", MB), 16);
  for (const address of ["b", "c", "d"]) assert.equal(fill(load, address, MB), 16);
  assert.equal(fill(load, "e", MB), 0);
});

Deno.test("PendingLoad.add() gives one address a quarter of the messages", () => {
  const load = new PendingLoad();
  assert.equal(fill(load, "here", 10), 2500);
  assert.ok(load.add("there", 10));
});

Deno.test("PendingLoad.remove() makes room again, for the address and for all", () => {
  const load = new PendingLoad();
  for (const address of ["a", "b", "c", "d"]) fill(load, address, MB);
  load.remove("a", MB);
  assert.ok(load.add("e", MB));
  load.remove("b", MB);
  assert.ok(load.add("b", MB));
  assert.ok(!load.add("a", MB));
});
