import assert from "node:assert/strict";
import { aQuote } from "../../tests/support/quotes.ts";
import { Book } from "../price/book.ts";
import { BatchBuilder } from "./batch_builder.ts";
import { BatchChange } from "./batch_change.ts";

Deno.test("BatchChange.insertedAtMs is that of the oldest quote which clients are sent", () => {
  const book = new Book();
  const accepted = book.apply([
    aQuote({ symbol: "A", id: 1, timeMs: 10 }),
    aQuote({ symbol: "A", id: 2, timeMs: 40 }),
    aQuote({ symbol: "B", id: 3, timeMs: 30 }),
  ], 1);
  assert.deepEqual(accepted.map(({ past }) => past), [true, false, false]);
  const change = new BatchChange(new BatchBuilder("an epoch").build(accepted, 1), 0, book);
  assert.equal(change.insertedAtMs, 30);
});
