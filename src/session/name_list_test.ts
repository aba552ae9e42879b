import assert from "node:assert/strict";
import { NameList } from "./name_list.ts";

Deno.test("NameList.of() has each name once, in ascending order", () => {
  const list = NameList.of(["B", "A", "B", "é", "a"]);
  assert.deepEqual(list.names, ["A", "B", "a", "é"]);
  assert.deepEqual([list.size, list.has("a"), list.has("C")], [4, true, false]);
});

Deno.test("NameList.with() puts further names where they belong", () => {
  assert.deepEqual(NameList.of(["B", "D"]).with(["E", "A", "C", "B"]).names, [
    "A",
    "B",
    "C",
    "D",
    "E",
  ]);
});

Deno.test("NameList.with() and without() are the list itself where nothing changes", () => {
  const list = NameList.of(["B", "A"]);
  assert.equal(list.with(["A"]), list);
  assert.equal(list.without(["C"]), list);
});

Deno.test("NameList.without() takes names out, and leaves the list that it was", () => {
  const list = NameList.of(["C", "B", "A"]);
  assert.deepEqual(list.without(["B", "X"]).names, ["A", "C"]);
  assert.deepEqual(list.names, ["A", "B", "C"]);
});
