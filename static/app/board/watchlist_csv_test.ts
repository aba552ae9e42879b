/// <reference lib="deno.ns" />
import assert from "node:assert/strict";
import fc from "fast-check";
import { readWatchlistCsv, watchlistCsv } from "./watchlist_csv.ts";

Deno.test("watchlistCsv() is read back as it was, whatever symbols and names hold", () => {
  const text = fc.string({ unit: "grapheme", minLength: 1, maxLength: 20 })
    .filter((value) => [...value].length <= 32);
  const lists = fc.uniqueArray(
    fc.record({ name: text, symbols: fc.uniqueArray(text, { maxLength: 5 }) }),
    { selector: ({ name }) => name, minLength: 1, maxLength: 5 },
  );
  fc.assert(fc.property(lists, (lists) => {
    const file = readWatchlistCsv(watchlistCsv(lists), "file");
    const before = lists.map(({ name, symbols }) => [name, symbols]);
    assert.deepEqual([...file.lists], before);
    assert.equal(file.linesLeftOut, 0);
  }));
});

Deno.test("watchlistCsv() writes nothing that a spreadsheet would run", () => {
  const csv = watchlistCsv([{ name: "@list", symbols: ["=1+1", "-2", "+3", "'=4"] }]);
  for (const cell of csv.trim().split(/[,\r\n]+/)) assert.doesNotMatch(cell, /^"?[=+\-@]/);
});

Deno.test("readWatchlistCsv() reads other programs' files: by their heading, or the first column", () => {
  const theirs = readWatchlistCsv("Name,Ticker,Last\r\nTech,AAPL,1\r\nTech,MSFT,2\r\n", "file");
  assert.deepEqual([...theirs.lists], [["Tech", ["AAPL", "MSFT"]]]);
  const plain = readWatchlistCsv("\ufeffAAPL\nMSFT;X\n\n", "My list");
  assert.deepEqual([...plain.lists], [["My list", ["AAPL", "MSFT;X"]]]);
});

Deno.test("readWatchlistCsv() counts the lines that hold no symbol", () => {
  const file = readWatchlistCsv(`symbol\n${"x".repeat(33)}\nAAPL\n`, "file");
  assert.deepEqual([...file.lists], [["file", ["AAPL"]]]);
  assert.equal(file.linesLeftOut, 1);
});
