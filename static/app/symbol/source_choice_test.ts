/// <reference lib="deno.ns" />
import assert from "node:assert/strict";
import * as v from "valibot";
import { shownSource, sourceChoiceSchema } from "./source_choice.ts";

const QUOTES = [
  { source: "asleep", timestamp: 1000 },
  { source: "bats", timestamp: 2000 },
  { source: "iex", timestamp: 2010 },
];

Deno.test("shownSource() takes the first by name of those that are heard", () => {
  assert.equal(shownSource("auto", QUOTES, undefined), "bats");
  assert.equal(shownSource("auto", QUOTES.slice(0, 1), undefined), "asleep");
  assert.equal(shownSource("auto", [], undefined), undefined);
});

Deno.test("shownSource() stays with what it has shown, as long as the symbol has it", () => {
  assert.equal(shownSource("auto", QUOTES, "asleep"), "asleep");
  assert.equal(shownSource("auto", QUOTES, "gone"), "bats");
});

Deno.test("shownSource() takes the chosen one where the symbol has it, and no other for all", () => {
  assert.equal(shownSource("=iex", QUOTES, "bats"), "iex");
  assert.equal(shownSource("=elsewhere", QUOTES, "bats"), "bats");
  assert.equal(shownSource("all", QUOTES, "bats"), undefined);
});

Deno.test("sourceChoiceSchema takes any name, and nothing else", () => {
  for (const choice of ["auto", "all", "=all", "=<img>\n"]) {
    assert.ok(v.is(sourceChoiceSchema, choice), choice);
  }
  for (const choice of ["", "=", "iex", null, `=${"x".repeat(65)}`]) {
    assert.ok(!v.is(sourceChoiceSchema, choice), String(choice));
  }
});
